import type { Command } from 'commander';
import { countDeadLetters } from './dead-letter-text.js';
import { ServiceClient, ServiceFailed, type Selection } from './service-client.js';
import { print, Progress, type CommonOptions, type Terminal } from './terminal.js';

export interface ResolveOptions extends CommonOptions {
  readonly limit?: number;
  /** Dead letters a second. */
  readonly rate?: number;
  readonly dryRun?: true;
  readonly yes?: true;
}

/** How far it came. */
interface Outcome {
  readonly wanted: number;
  readonly resolved: number;
  readonly remaining: number;
  /** Why it is not all. */
  readonly failure?: string;
}

const RESOLVED = { redrive: 'redriven', discard: 'discarded' } as const;
/** As many as the service takes; with a rate, so few that it is kept within a chunk too. */
const CHUNK = 1_000;
const CHUNK_WITH_RATE = 100;

/** Counts what matches, asks where it must, and redrives or discards chunk by chunk. */
export async function resolveDeadLetters(
  how: keyof typeof RESOLVED,
  selection: Selection,
  options: ResolveOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const { limit = Infinity, dryRun = false, yes = false } = options;
  const { stderr, ask } = terminal;
  const mustAsk = how === 'discard' && !dryRun && !yes;
  if (mustAsk && ask === undefined) command.error('error: discard needs --yes where nobody can be asked');

  const client = new ServiceClient(options);
  const { matched, before } = await client.resolveDeadLetters(how, { ...selection, dryRun: true });
  const wanted = Math.min(matched, limit);
  if (dryRun || wanted === 0) {
    const outcome: Outcome = { wanted, resolved: 0, remaining: matched };
    print(terminal, options, outcome, [`${countDeadLetters(wanted)} to be ${RESOLVED[how]}`]);
    return;
  }
  if (mustAsk) {
    const typed = await ask?.(`Discard ${countDeadLetters(wanted)}, never to be processed? Type 'discard': `);
    if (typed !== 'discard') throw new ServiceFailed('nothing was discarded');
  }

  const progress = new Progress(stderr, wanted);
  const outcome = await resolveInChunks(
    (chunk) => client.resolveDeadLetters(how, { ...selection, before, limit: chunk }),
    wanted,
    options.rate,
    terminal,
    (resolved) => progress.show(resolved, `${resolved} of ${wanted} ${RESOLVED[how]}`),
  ).finally(() => progress.end());

  const { resolved, remaining, failure } = outcome;
  const share = resolved === wanted ? '' : `${resolved} of `;
  print(terminal, options, outcome, [`${share}${countDeadLetters(wanted)} ${RESOLVED[how]}`]);
  if (failure !== undefined) stderr.write(`${failure}\n`);
  if (resolved === wanted || remaining === 0) return;
  if (failure === undefined) stderr.write('stopped; what is left stays listed\n');
  terminal.exitCode = 1;
}

/**
 * Ends when nothing more can be done, or between two chunks at Ctrl-C. Hand-written: how many the service resolved says
 * when the next chunk keeps the rate.
 */
async function resolveInChunks(
  resolveChunk: (chunk: number) => ReturnType<ServiceClient['resolveDeadLetters']>,
  wanted: number,
  rate = Infinity,
  { now, wait, untilInterrupted }: Terminal,
  onProgress: (resolved: number) => void,
): Promise<Outcome> {
  const interrupted = untilInterrupted();
  const startedAt = now();
  const maxChunk = Math.min(rate, rate === Infinity ? CHUNK : CHUNK_WITH_RATE);
  let outcome: Outcome = { wanted, resolved: 0, remaining: wanted };
  onProgress(0);
  while (outcome.resolved < wanted && !interrupted.aborted) {
    try {
      const { resolved, remaining, failure } = await resolveChunk(
        Math.min(maxChunk, wanted - outcome.resolved),
      );
      const why = failure && { failure: `${failure.id}: ${failure.detail}` };
      outcome = { wanted, resolved: outcome.resolved + resolved, remaining, ...why };
      if (resolved === 0) break;
    } catch (error) {
      if (!(error instanceof ServiceFailed)) throw error;
      return { ...outcome, failure: error.message };
    }
    onProgress(outcome.resolved);
    if (outcome.resolved < wanted) await wait(startedAt + (outcome.resolved / rate) * 1_000 - now());
  }
  return outcome;
}
