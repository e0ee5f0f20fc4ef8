import { parseArguments, type ListRequest, type SettleRequest } from './arguments.js';
import { settleInChunks, type Pace, type Settled } from './in-chunks.js';
import { letterTable, letterText } from './letter-text.js';
import { OperationsClient } from './operations-client.js';
import { ServiceFailed } from './service-client.js';
import { WrongUsage } from './option-values.js';
import { Progress, type ProgressStream } from './progress.js';
import { commandNamed, helpFor, usageOf } from './usage.js';

/** What the commands need of the process they run in. */
export interface Terminal extends Omit<Pace, 'stopped'> {
  readonly stdout: ProgressStream;
  readonly stderr: ProgressStream;
  readonly serviceUrl: string | undefined;
  /** Answers what is typed; absent where nobody can be asked. */
  readonly ask?: (question: string) => Promise<string | undefined>;
  /** From now on Ctrl-C ends nothing, but aborts this. */
  readonly untilInterrupted: () => AbortSignal;
}

export type ExitCode = 0 | 1 | 2;

const DONE = { redrive: 'redriven', discard: 'discarded' } as const;

/** The operators' commands. Answers how the process ends. */
export async function runDeadLetters(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    const request = parseArguments(args, terminal.serviceUrl);
    switch (request.command) {
      case 'help':
        return print(terminal, [usageOf(request.with)]);
      case 'list':
        return await list(request, terminal);
      case 'show': {
        const letter = await new OperationsClient(request.url).show(request.id);
        return print(terminal, request.json ? [JSON.stringify(letter)] : letterText(letter));
      }
      case 'redrive':
      case 'discard':
        return await settle(request, terminal);
    }
  } catch (error) {
    if (error instanceof WrongUsage) {
      terminal.stderr.write(`${error.message}\nSee: ${helpFor(commandNamed(args[0]))}\n`);
      return 2;
    }
    if (!(error instanceof ServiceFailed)) throw error;
    terminal.stderr.write(`${error.message}\n`);
    return 1;
  }
}

async function list({ url, json, selected, limit }: ListRequest, terminal: Terminal): Promise<ExitCode> {
  const answer = await new OperationsClient(url).list(selected, limit);
  if (json) return print(terminal, [JSON.stringify(answer)]);
  const { deadLetters, more } = answer;
  if (deadLetters.length === 0) return print(terminal, ['no dead letters']);
  const table = letterTable(deadLetters, new Date(terminal.now()), terminal.stdout.columns ?? Infinity);
  const others = more ? '; there are others: see --limit and the filters' : '';
  return print(terminal, [...table, `${lettersOf(deadLetters.length)}${others}`]);
}

async function settle(request: SettleRequest, terminal: Terminal): Promise<ExitCode> {
  const { command, url, json, selected, limit = Infinity, dryRun, yes } = request;
  const mayAct = command === 'redrive' || dryRun || yes;
  if (!mayAct && terminal.ask === undefined)
    throw new WrongUsage('discard needs --yes where nobody can be asked');

  const client = new OperationsClient(url);
  const { matched, before } = await client[command]({ ...selected, dryRun: true });
  const wanted = Math.min(matched, limit);
  if (dryRun || wanted === 0) {
    const nothing = { wanted, done: 0, remaining: matched };
    return print(terminal, [json ? JSON.stringify(nothing) : `${lettersOf(wanted)} to be ${DONE[command]}`]);
  }
  if (!mayAct) {
    const typed = await terminal.ask?.(
      `Discard ${lettersOf(wanted)}, never to be carried out? Type 'discard': `,
    );
    if (typed !== 'discard') throw new ServiceFailed('nothing was discarded');
  }

  const progress = new Progress(terminal.stderr, wanted);
  const pace = { ...terminal, stopped: terminal.untilInterrupted() };
  const settled = await settleInChunks(client, request, { wanted, before }, pace, (done) =>
    progress.show(done, `${done} of ${wanted} ${DONE[command]}`),
  );
  progress.end();
  return report(settled, request, terminal);
}

function report(settled: Settled, { command, json }: SettleRequest, terminal: Terminal): ExitCode {
  const { wanted, done, remaining, failure } = settled;
  const complete = done === wanted || remaining === 0;
  if (json) print(terminal, [JSON.stringify(settled)]);
  else print(terminal, [`${done === wanted ? '' : `${done} of `}${lettersOf(wanted)} ${DONE[command]}`]);
  if (failure !== undefined) terminal.stderr.write(`${failure}\n`);
  else if (!complete) terminal.stderr.write('stopped; what is left stays listed\n');
  return complete ? 0 : 1;
}

function print({ stdout }: Terminal, lines: readonly string[]): ExitCode {
  stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

function lettersOf(count: number): string {
  return count === 1 ? '1 dead letter' : `${count} dead letters`;
}
