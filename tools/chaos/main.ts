import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { load, save, type ChaosHistory } from './chaos-history.js';
import { FAULTS } from './faults/index.js';
import { judge } from './judge.js';
import { MUTANTS, type Mutant } from './mutants.js';
import { parseOptions, USAGE, type ChaosOptions, type Command } from './options.js';
import { formatReport } from './report.js';
import { run, type Progress } from './run.js';
import { drawTimeline } from './timeline.js';

const RESULTS = 'chaos-results';
const MUTANT_MINUTES = 0.75;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const kinds = FAULTS.map(({ kind }) => kind);
const HELP = `${USAGE}\nFaults: ${kinds.join(', ')}`;
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

process.exit(await main());

async function main(): Promise<number> {
  let command: Command;
  try {
    command = parseOptions(process.argv.slice(2), {
      faults: kinds,
      mutants: MUTANTS.map(({ name }) => name),
    });
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (command.kind === 'help') {
    say(HELP);
    return 0;
  }
  const passed = await passes(command).catch((error: unknown) => {
    say(inspect(error));
    return false;
  });
  say(passed ? 'PASSED' : 'FAILED');
  return passed ? 0 : 1;
}

async function passes(command: Exclude<Command, { kind: 'help' }>): Promise<boolean> {
  if (command.kind === 'judge') return show(await load(command.file));
  if (command.kind === 'run') return play(command.options);
  const caught: boolean[] = [];
  for (const mutant of MUTANTS) {
    if (command.names.length === 0 || command.names.includes(mutant.name))
      caught.push(await playMutant(mutant));
  }
  return !caught.includes(false);
}

async function play(options: ChaosOptions): Promise<boolean> {
  say(`seed ${options.seed}: starting Kafka, PostgreSQL, an API and five consumers ...`);
  const history = await run(options, interrupted.signal, showProgress);
  const name = join(RESULTS, `seed-${options.seed}`);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(`${name}.svg`, drawTimeline(history));
  const passed = show(history);
  if (!passed) {
    await save(history, `${name}.json.gz`);
    say(`history: ${name}.json.gz, to be judged again by npm run chaos -- --judge ${name}.json.gz`);
  }
  say(`timeline: ${name}.svg`);
  return passed;
}

/** Prints a line: by which rules the wrong service was caught. */
async function playMutant({ name, rules, play: how }: Mutant): Promise<boolean> {
  const options = {
    seed: 1,
    minutes: MUTANT_MINUTES,
    brokers: 1 as const,
    partitions: 5,
    rate: 60,
    quiet: false,
    ...how,
    mutant: name,
  };
  const startedAt = Date.now();
  const history = await run(options, interrupted.signal, () => undefined);
  const broken = new Map<string, number>();
  for (const { rule } of judge(history)) broken.set(rule, (broken.get(rule) ?? 0) + 1);
  const isCaught = rules.some((rule) => broken.has(rule));
  const by = [...broken].map(([rule, times]) => `${rule} (${times})`).join(', ') || 'no rule';
  const took = Math.round((Date.now() - startedAt) / 1_000);
  say(`| ${name} | ${how.faults.join(', ')} | ${by} | ${took} s | ${isCaught ? 'caught' : 'MISSED'} |`);
  return isCaught;
}

/** Prints what became of a run. Returns whether it broke no rule. */
function show(history: ChaosHistory): boolean {
  const violations = judge(history);
  say(`\n${formatReport(history, violations)}\n`);
  return violations.length === 0;
}

/** A line that is written over on a terminal, and one every ten seconds elsewhere. */
function showProgress({ phase, elapsedMs, asked, accepted, faults }: Progress): void {
  const elapsed = Math.round(elapsedMs / 1_000);
  const line = `${elapsed} s  ${phase}  asked ${asked}  accepted ${accepted}  ${faults.join(', ')}`;
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[2K${line}`);
  else if (elapsed % 10 === 0) say(line);
}
