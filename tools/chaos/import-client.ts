import { setTimeout as delay } from 'node:timers/promises';
import { UuidGenerator } from '../../src/infrastructure/system/uuid-generator.js';
import type { LoggedOrder, OrderRequest } from '../../packages/delivery/test/simulation/history.js';
import type { Random } from '../../packages/delivery/test/simulation/random.js';
import { isConnectionRefused, isRefusal } from '../../test/support/clients.js';
import type { Installation } from '../../test/support/installation.js';

const CHUNKS = 3;
const PAUSE_MS = 150;
const CLIENT_TIMEOUT_MS = 20_000;
/** After an import that ended early: how long until it goes on, and how often. */
const RESUME_AFTER_MS = 1_000;
const MAX_RESUMES = 15;
const PRODUCT = 'tea';

/** What became of an import. */
export interface Imported {
  readonly lines: number;
  readonly accepted: number;
  readonly resumes: number;
}

/** `own`: of the client. `keyed`: made of its key and the line. `unknown`: it has no key, and gets one. */
type Ids = 'own' | 'keyed' | 'unknown';

interface ImportedLine extends Pick<OrderRequest, 'orderId' | 'content'> {
  readonly text: string;
}

/** In a request of an import without a key: only the topic tells. */
const UNKNOWN_ID = '';
const generator = new UuidGenerator();

/** Of an order without a known id, the one under which its content is first in the topic: it has content of its own. */
export function withIds(
  requests: readonly OrderRequest[],
  log: readonly Pick<LoggedOrder, 'order'>[],
): OrderRequest[] {
  const ids = new Map(
    log.toReversed().flatMap(({ order }) => (order === undefined ? [] : [[order.content, order.orderId]])),
  );
  return requests.map((request) =>
    request.orderId === UNKNOWN_ID
      ? { ...request, orderId: ids.get(request.content) ?? request.content }
      : request,
  );
}

/**
 * Clients that import orders, and resume an import where it was not confirmed: under its key, which is that of the response
 * where they have none. Not when no response came that has one.
 */
export class ImportClient {
  /** For each line one for each time that it was sent. */
  readonly requests: OrderRequest[] = [];
  readonly imports: Imported[] = [];
  private started = 0;

  constructor(
    private readonly random: Random,
    private readonly service: Pick<Installation, 'url'>,
    /** Aborted when no import is to be resumed any more. */
    private readonly signal: AbortSignal,
    private readonly resumeAfterMs = RESUME_AFTER_MS,
  ) {}

  async import(count: number): Promise<void> {
    const name = `import-${++this.started}`;
    const ids = this.random.pick<Ids>(['own', 'keyed', 'unknown']);
    const lines = Array.from({ length: count }, (_, index) => lineOf(name, index + 1, ids));
    let next: Told = { accepted: 0, resumeAtLine: 1, ...(ids !== 'unknown' && { key: name }) };
    let resumes = 0;
    let accepted = 0;
    for (;;) {
      next = await this.send(lines, next);
      accepted += next.accepted;
      if (next.resumeAtLine === undefined || resumes === MAX_RESUMES || this.signal.aborted) break;
      resumes++;
      await delay(this.resumeAfterMs);
    }
    this.imports.push({ lines: count, accepted, resumes });
  }

  private async send(
    all: readonly ImportedLine[],
    { key, resumeAtLine: firstLine = 1 }: Told,
  ): Promise<Told> {
    const { random } = this;
    const lines = all.slice(firstLine - 1);
    const isCut = random.chance(0.25);
    const cutAfterMs = isCut ? random.int(1, CHUNKS * PAUSE_MS) : CLIENT_TIMEOUT_MS;
    const signal = AbortSignal.timeout(cutAfterMs);
    const sent = await fetch(`${this.service.url}/api/Order/Import?firstLine=${firstLine}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-ndjson',
        ...(key !== undefined && { 'Idempotency-Key': key }),
      },
      body: ReadableStream.from(chunksOf(lines)),
      duplex: 'half',
      signal,
    })
      .then(async (response) => ({
        outcome: await outcomeOf(response).catch(noOutcome),
        key: response.headers.get('Idempotency-Key') ?? key,
        hasBegun: response.status === 200,
      }))
      .catch((error: unknown) => ({ outcome: noOutcome(error), key, hasBegun: false }));
    const { outcome } = sent;
    const answers = lines.map((_, index) => answerTo(firstLine + index, outcome));
    this.requests.push(
      ...lines.map(({ orderId, content }, index) => ({
        ...{ orderId, content },
        answer: answers[index] ?? 'unknown',
      })),
    );
    const { complete, nothing, resumeAtLine = firstLine } = outcome;
    // a response that has no key leaves a client nothing else but to go on without one
    const canResume = !complete && (sent.key !== undefined || sent.hasBegun || nothing);
    return {
      accepted: answers.filter((answer) => answer === 'success').length,
      ...(sent.key !== undefined && { key: sent.key }),
      ...(canResume && { resumeAtLine }),
    };
  }
}

interface Told {
  readonly accepted: number;
  readonly key?: string;
  /** Absent when it is complete, or must not be resumed. */
  readonly resumeAtLine?: number;
}

interface Outcome {
  readonly complete: boolean;
  /** All before it are decided; absent where nothing is known. */
  readonly resumeAtLine?: number;
  readonly refused: ReadonlySet<number>;
  /** Surely nothing was published. */
  readonly nothing: boolean;
}

function lineOf(name: string, number: number, ids: Ids): ImportedLine {
  const [own, derived] = [`${name}-${number}`, generator.derivedFrom(`${name}:${number}`)];
  const orderId = { own, keyed: derived, unknown: UNKNOWN_ID }[ids];
  const content = ids === 'unknown' ? `${name}, line ${number}` : PRODUCT;
  const order = { product: content, quantity: 2, ...(ids === 'own' && { orderId }) };
  return { orderId, content, text: JSON.stringify(order) };
}

async function* chunksOf(lines: readonly ImportedLine[]): AsyncGenerator<Uint8Array> {
  const size = Math.ceil(lines.length / CHUNKS);
  for (let from = 0; from < lines.length; from += size) {
    if (from > 0) await delay(PAUSE_MS);
    const texts = lines.slice(from, from + size).map(({ text }) => `${text}\n`);
    yield new TextEncoder().encode(texts.join(''));
  }
}

function answerTo(
  line: number,
  { complete, resumeAtLine = 0, refused, nothing }: Outcome,
): OrderRequest['answer'] {
  if (nothing || refused.has(line)) return 'refused';
  return complete || line < resumeAtLine ? 'success' : 'unknown';
}

/** A line for each that is refused, at last the summary. */
interface AnswerLine {
  readonly line?: number;
  readonly summary?: { readonly complete: boolean; readonly resumeAtLine?: number };
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const text = await response.text();
  const refused = new Set<number>();
  if (response.status !== 200) {
    return { complete: false, refused, nothing: isRefusal(response.status, text) };
  }
  const lines = text.split('\n').filter((line) => line !== '');
  let summary: AnswerLine['summary'];
  for (const each of lines.map((line) => JSON.parse(line) as AnswerLine)) {
    if (each.line !== undefined) refused.add(each.line);
    summary = each.summary ?? summary;
  }
  if (summary === undefined) throw new Error('there is no summary');
  const { complete, resumeAtLine } = summary;
  return { complete, refused, nothing: false, ...(resumeAtLine !== undefined && { resumeAtLine }) };
}

function noOutcome(error: unknown): Outcome {
  return { complete: false, refused: new Set(), nothing: isConnectionRefused(error) };
}
