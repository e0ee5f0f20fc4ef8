import type { DeadLetter, Resolution, FailureStage, Origin } from '../engine/dead-letters.js';
import { copyDeadLetter, oneLine } from '../engine/dead-letter.js';

/** What is of interest of a record, whether it is written or was read. */
export interface DeadLetterRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, Uint8Array>>;
}

/** All that was added to the message. */
export type DeadLetterHead<Reason extends string = string> = Omit<DeadLetter<Reason>, 'message'>;

const ORIGIN_HEADERS = ['x-original-topic', 'x-original-partition', 'x-original-offset'] as const;
const HEAD_HEADERS = [
  ...ORIGIN_HEADERS,
  'x-original-timestamp',
  'x-consumer-group',
  'x-replica',
  'x-attempts',
  'x-first-failure-at',
  'x-last-failure-at',
  'x-failure-stage',
  'x-reason',
  'x-error-code',
  'x-error-message',
  'x-redrive-count',
] as const;
type OriginHeader = (typeof ORIGIN_HEADERS)[number];
type HeadHeader = (typeof HEAD_HEADERS)[number];

/** The place of each of our headers among {@link HeaderTexts}. */
export const HEADER_PLACES: ReadonlyMap<string, number> = new Map(
  [...HEAD_HEADERS, 'x-mark'].map((name, place) => [name, place]),
);
/** What our headers say; undefined where there is none. */
export type HeaderTexts = readonly (string | undefined)[];

const MARKS: readonly Resolution[] = ['redriven', 'discarded'];
const STAGES: readonly FailureStage[] = ['decode', 'validate', 'handle', 'timeout'];
const OFFSET = /^(0|[1-9]\d{0,18})$/;
const COUNT = /^\d{1,15}$/;
const MS = /^-?\d{1,16}$/;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/**
 * Before the name of a header of the message that has one of our names, as a redriven message's `x-redrive-count`, or that
 * begins so already: the message's headers come back as they were, whatever they are.
 */
const KEPT = 'x-kept-';
const NO_TIMESTAMP = -1;

const utf8 = new TextEncoder();

export function encodeDeadLetter(given: DeadLetter): DeadLetterRecord {
  const letter = copyDeadLetter(given);
  const sentAt = letter.sentAt.getTime();
  const { key, value, headers } = letter.message;
  return {
    key,
    value,
    headers: {
      ...renamed(headers, (name) => (HEADER_PLACES.has(name) || name.startsWith(KEPT) ? KEPT + name : name)),
      ...bytesOf(originHeaders(letter.origin)),
      ...bytesOf({
        // a producer may send any time
        'x-original-timestamp': String(Number.isNaN(sentAt) ? NO_TIMESTAMP : sentAt),
        'x-consumer-group': letter.consumerGroup,
        'x-replica': letter.replica,
        'x-attempts': String(letter.attempts),
        'x-first-failure-at': letter.firstFailureAt.toISOString(),
        'x-last-failure-at': letter.lastFailureAt.toISOString(),
        'x-failure-stage': letter.stage,
        'x-reason': letter.reason,
        'x-error-code': letter.errorCode,
        'x-error-message': letter.errorMessage,
        'x-redrive-count': String(letter.redriveCount),
      } satisfies Record<Exclude<HeadHeader, OriginHeader>, string>),
    },
  };
}

export function encodeResolution(of: Origin, mark: Resolution): DeadLetterRecord {
  return { key: null, value: null, headers: bytesOf({ ...originHeaders(of), 'x-mark': mark }) };
}

/** The origin of the letter that a mark is of; `undefined` when the record is no mark. */
export function decodeResolution(record: DeadLetterRecord): Origin | undefined {
  return resolutionIn(textsOf(record));
}

export function resolutionIn(texts: HeaderTexts): Origin | undefined {
  return oneOf(MARKS, texts[HEAD_HEADERS.length]) && originOf(texts);
}

/** It shares the record's bytes, as a copy of each costs more than all else; `undefined` when the record is no letter. */
export function decodeDeadLetter<Reason extends string>(
  record: DeadLetterRecord,
  reasons: readonly Reason[],
): DeadLetter<Reason> | undefined {
  const { key, value, headers } = record;
  const head = headIn(textsOf(record), reasons);
  if (head === undefined) return undefined;
  const own = Object.entries(headers)
    .filter(([name]) => !HEADER_PLACES.has(name))
    .map(([name, bytes]) => [name.startsWith(KEPT) ? name.slice(KEPT.length) : name, viewOf(bytes)] as const);
  return {
    ...head,
    message: { key: key && viewOf(key), value: value && viewOf(value), headers: Object.fromEntries(own) },
    consumerGroup: oneLine(head.consumerGroup),
    replica: oneLine(head.replica),
    errorCode: oneLine(head.errorCode),
    errorMessage: oneLine(head.errorMessage),
  };
}

/** Of a Buffer, too, a plain array. */
function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** By hand: an index of 100,000 is read within a second. `undefined` when the record is no letter. */
export function headIn<Reason extends string>(
  texts: HeaderTexts,
  reasons: readonly Reason[],
): DeadLetterHead<Reason> | undefined {
  const [, , , sentAtMs, consumerGroup, replica, attempts, firstFailureAt, lastFailureAt, ...others] = texts;
  const [stageText, reasonText, errorCode, errorMessage, redriveCount, mark] = others;
  const [stage, reason] = [oneOf(STAGES, stageText), oneOf(reasons, reasonText)];
  const origin = originOf(texts);
  const sentAt = new Date(numberOf(sentAtMs, MS) ?? NaN);
  const counts = { attempts: numberOf(attempts, COUNT), redriveCount: numberOf(redriveCount, COUNT) };
  const [first, last] = [timeOf(firstFailureAt), timeOf(lastFailureAt)];
  if (mark !== undefined || origin === undefined || Number.isNaN(sentAt.getTime())) return undefined;
  if (counts.attempts === undefined || counts.redriveCount === undefined) return undefined;
  if (first === undefined || last === undefined) return undefined;
  if (stage === undefined || reason === undefined) return undefined;
  if (consumerGroup === undefined || replica === undefined) return undefined;
  if (errorCode === undefined || errorMessage === undefined) return undefined;
  return {
    origin,
    sentAt,
    consumerGroup,
    replica,
    attempts: counts.attempts,
    firstFailureAt: first,
    lastFailureAt: last,
    stage,
    reason,
    errorCode,
    errorMessage,
    redriveCount: counts.redriveCount,
  };
}

function textsOf({ headers }: DeadLetterRecord): HeaderTexts {
  return Array.from(HEADER_PLACES.keys(), (name) => {
    const bytes = Object.hasOwn(headers, name) ? headers[name] : undefined;
    return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  });
}

function originHeaders({ topic, partition, offset }: Origin): Record<OriginHeader, string> {
  return {
    'x-original-topic': topic,
    'x-original-partition': String(partition),
    'x-original-offset': offset,
  };
}

function originOf([topic, partitionText, offset]: HeaderTexts): Origin | undefined {
  const partition = numberOf(partitionText, COUNT);
  if (topic === undefined || topic === '' || partition === undefined) return undefined;
  return offset !== undefined && OFFSET.test(offset) ? { topic, partition, offset } : undefined;
}

function numberOf(text: string | undefined, format: RegExp): number | undefined {
  return text !== undefined && format.test(text) ? Number(text) : undefined;
}

function timeOf(text: string | undefined): Date | undefined {
  if (text === undefined || !ISO_TIME.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function oneOf<T extends string>(values: readonly T[], text: string | undefined): T | undefined {
  return values.find((value) => value === text);
}

function renamed(headers: DeadLetterRecord['headers'], rename: (name: string) => string) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [rename(name), value]));
}

function bytesOf(headers: Record<string, string>): Record<string, Uint8Array> {
  const encoded = Object.entries(headers).map(([name, value]) => [name, utf8.encode(value)] as const);
  return Object.fromEntries(encoded);
}
