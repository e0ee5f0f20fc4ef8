import { setTimeout as delay } from 'node:timers/promises';
import { UuidGenerator } from '../../src/infrastructure/system/uuid-generator.js';
import type { OrderRequest } from '../simulation/history.js';
import type { Random } from '../simulation/random.js';
import type { Installation } from '../support/installation.js';

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

interface ImportedLine {
  readonly orderId: string;
  readonly text: string;
}

/** Clients that import orders, each import under a key; they resume it where it was not confirmed. */
export class ImportClient {
  /** For each line one for each time that it was sent. */
  readonly requests: OrderRequest[] = [];
  readonly imports: Imported[] = [];
  private readonly ids = new UuidGenerator();
  private started = 0;

  constructor(
    private readonly random: Random,
    private readonly service: Pick<Installation, 'url'>,
    /** Aborted when no import is to be resumed any more. */
    private readonly signal: AbortSignal,
    private readonly resumeAfterMs = RESUME_AFTER_MS,
  ) {}

  /** Half of the imports have ids of their own; those of the others are made of key and line. */
  async import(count: number): Promise<void> {
    const key = `import-${++this.started}`;
    const hasIds = this.random.chance(0.5);
    const lines = Array.from({ length: count }, (_, index): ImportedLine => {
      const orderId = hasIds ? `${key}-${index + 1}` : this.ids.derivedFrom(`${key}:${index + 1}`);
      return { orderId, text: JSON.stringify({ product: PRODUCT, quantity: 2, ...(hasIds && { orderId }) }) };
    });
    let next: number | undefined = 1;
    let resumes = 0;
    let accepted = 0;
    for (;;) {
      const told: Told = await this.send(key, lines, next);
      accepted += told.accepted;
      next = told.resumeAtLine;
      if (next === undefined || resumes === MAX_RESUMES || this.signal.aborted) break;
      resumes++;
      await delay(this.resumeAfterMs);
    }
    this.imports.push({ lines: count, accepted, resumes });
  }

  private async send(key: string, all: readonly ImportedLine[], firstLine: number): Promise<Told> {
    const { random } = this;
    const lines = all.slice(firstLine - 1);
    const isCut = random.chance(0.25);
    const cutAfterMs = isCut ? random.int(1, CHUNKS * PAUSE_MS) : CLIENT_TIMEOUT_MS;
    const signal = AbortSignal.timeout(cutAfterMs);
    const outcome = await fetch(`${this.service.url}/api/Order/Import?firstLine=${firstLine}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-ndjson', 'Idempotency-Key': key },
      body: ReadableStream.from(chunksOf(lines)),
      duplex: 'half',
      signal,
    })
      .then(outcomeOf)
      .catch(noOutcome);
    const answers = lines.map((_, index) => answerTo(firstLine + index, outcome));
    this.requests.push(
      ...lines.map(({ orderId }, index) => ({
        ...{ orderId, content: PRODUCT },
        answer: answers[index] ?? 'unknown',
      })),
    );
    const { resumeAtLine } = outcome;
    return {
      accepted: answers.filter((answer) => answer === 'success').length,
      ...(!outcome.complete && { resumeAtLine: resumeAtLine ?? firstLine }),
    };
  }
}

interface Told {
  readonly accepted: number;
  /** Absent when it is complete. */
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
    const isRefusal = response.status < 500 || /:(broker-unavailable|overloaded)"/.test(text);
    return { complete: false, refused, nothing: isRefusal };
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
  const { cause } = error as { cause?: { code?: string } };
  return { complete: false, refused: new Set(), nothing: cause?.code === 'ECONNREFUSED' };
}
