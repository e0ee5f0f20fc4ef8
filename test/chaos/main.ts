import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load, save, type ChaosHistory } from './chaos-history.js';
import { FAULTS } from './faults/index.js';
import { judge } from './judge.js';
import { MUTANTS } from './mutants.js';
import { parseOptions, USAGE, type ChaosOptions, type Command } from './options.js';
import { reportOf } from './report.js';
import { run, type Progress } from './run.js';
import { timelineOf } from './timeline.js';

const RESULTS = 'chaos-results';
const MUTANT_MINUTES = 0.75;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const kinds = FAULTS.map(({ kind }) => kind);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

process.exit(await main());

async function main(): Promise<number> {
  let command: Command;
  try {
    command = parseOptions(process.argv.slice(2), kinds);
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\nFaults: ${kinds.join(', ')}`);
    return 2;
  }
  if (command.kind === 'help') {
    say(`${USAGE}\nFaults: ${kinds.join(', ')}`);
    return 0;
  }
  if (command.kind === 'judge') return conclude(await load(command.file));
  if (command.kind === 'mutants') return playMutants(command.names);
  return play(command.options);
}

async function play(options: ChaosOptions): Promise<number> {
  say(`seed ${options.seed}: starting Kafka, PostgreSQL, an API and five consumers ...`);
  const history = await run(options, interrupted.signal, show);
  const name = join(RESULTS, `seed-${options.seed}`);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(`${name}.svg`, timelineOf(history));
  const code = conclude(history);
  if (code !== 0) {
    await save(history, `${name}.json.gz`);
    say(`history: ${name}.json.gz, to be judged again by npm run chaos -- --judge ${name}.json.gz`);
  }
  say(`timeline: ${name}.svg`);
  say(code === 0 ? 'PASSED' : 'FAILED');
  return code;
}

/** A line for each wrong service: by which rules it was caught. */
async function playMutants(names: readonly string[]): Promise<number> {
  let missed = 0;
  for (const { name, rules, play: how } of MUTANTS) {
    if (names.length > 0 && !names.includes(name)) continue;
    const options = { seed: 1, minutes: MUTANT_MINUTES, brokers: 1 as const, rate: 60, ...how, mutant: name };
    const startedAt = Date.now();
    const history = await run(options, interrupted.signal, () => undefined);
    const broken = new Map<string, number>();
    for (const { rule } of judge(history)) broken.set(rule, (broken.get(rule) ?? 0) + 1);
    const isCaught = rules.some((rule) => broken.has(rule));
    if (!isCaught) missed++;
    const by = [...broken].map(([rule, times]) => `${rule} (${times})`).join(', ') || 'no rule';
    const took = Math.round((Date.now() - startedAt) / 1_000);
    say(`| ${name} | ${how.faults.join(', ')} | ${by} | ${took} s | ${isCaught ? 'caught' : 'MISSED'} |`);
  }
  say(missed === 0 ? 'PASSED' : 'FAILED');
  return missed === 0 ? 0 : 1;
}

function conclude(history: ChaosHistory): number {
  const violations = judge(history);
  say(`\n${reportOf(history, violations)}\n`);
  return violations.length === 0 ? 0 : 1;
}

/** A line that is written over on a terminal, and one every ten seconds elsewhere. */
function show({ phase, elapsedMs, asked, accepted, faults }: Progress): void {
  const elapsed = Math.round(elapsedMs / 1_000);
  const line = `${elapsed} s  ${phase}  asked ${asked}  accepted ${accepted}  ${faults.join(', ')}`;
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[2K${line}`);
  else if (elapsed % 10 === 0) say(line);
}
