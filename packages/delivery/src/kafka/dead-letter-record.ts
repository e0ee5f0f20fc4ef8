import type { DeadLetter, FailureStage, Origin, Resolution } from '../engine/dead-letters.js';
import { copyDeadLetter, oneLine } from '../engine/dead-letter.js';

/** What counts of a record of the dead-letter topic, whether it is written or was read. */
export type DeadLetterRecord = DeadLetter['message'];

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
const RESOLUTION_HEADER = 'x-resolution';
const RESOLVED_BY_HEADER = 'x-resolved-by';
/** What earlier versions wrote instead: topics have it. */
const OLD_RESOLUTION_HEADER = 'x-mark';
type OriginHeader = (typeof ORIGIN_HEADERS)[number];
type HeadHeader = (typeof HEAD_HEADERS)[number];

/** The place of each of our headers among {@link HeaderTexts}. */
export const HEADER_PLACES: ReadonlyMap<string, number> = new Map(
  [...HEAD_HEADERS, RESOLUTION_HEADER, OLD_RESOLUTION_HEADER].map((name, place) => [name, place]),
);
/** What our headers say; undefined where there is none. */
export type HeaderTexts = readonly (string | undefined)[];

const RESOLUTIONS: readonly Resolution[] = ['redriven', 'discarded'];
const STAGES: readonly FailureStage[] = ['decode', 'validate', 'handle', 'timeout'];
const OFFSET = /^(0|[1-9]\d{0,18})$/;
const COUNT = /^\d{1,15}$/;
const MS = /^-?\d{1,16}$/;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/**
 * Before the name of a header of the message that has one of our names, as a redriven message's `x-redrive-count`, or that
 * begins so already: so the message's headers are read back as they were, whatever they are.
 */
const KEPT = 'x-kept-';
const NO_TIMESTAMP = -1;

const utf8 = new TextEncoder();

export function encodeDeadLetter(given: DeadLetter): DeadLetterRecord {
  const deadLetter = copyDeadLetter(given);
  const sentAt = deadLetter.sentAt.getTime();
  const { key, value, headers } = deadLetter.message;
  const kept = Object.entries(headers).map(([name, bytes]) => {
    return [HEADER_PLACES.has(name) || name.startsWith(KEPT) ? KEPT + name : name, bytes] as const;
  });
  return {
    key,
    value,
    headers: {
      ...Object.fromEntries(kept),
      ...encodeTexts(originHeaders(deadLetter.origin)),
      ...encodeTexts({
        // a producer may send any time
        'x-original-timestamp': String(Number.isNaN(sentAt) ? NO_TIMESTAMP : sentAt),
        'x-consumer-group': deadLetter.consumerGroup,
        'x-replica': deadLetter.replica,
        'x-attempts': String(deadLetter.attempts),
        'x-first-failure-at': deadLetter.firstFailureAt.toISOString(),
        'x-last-failure-at': deadLetter.lastFailureAt.toISOString(),
        'x-failure-stage': deadLetter.stage,
        'x-reason': deadLetter.reason,
        'x-error-code': deadLetter.errorCode,
        'x-error-message': deadLetter.errorMessage,
        'x-redrive-count': String(deadLetter.redriveCount),
      } satisfies Record<Exclude<HeadHeader, OriginHeader>, string>),
    },
  };
}

/** @param by for whoever reads the topic; nothing here asks for it */
export function encodeResolution(origin: Origin, resolution: Resolution, by?: string): DeadLetterRecord {
  const headers = encodeTexts({
    ...originHeaders(origin),
    [RESOLUTION_HEADER]: resolution,
    ...(by !== undefined && { [RESOLVED_BY_HEADER]: by }),
  });
  return { key: null, value: null, headers };
}

/** The origin of the dead letter that this record resolves; `undefined` when it resolves none. */
export function decodeResolution(record: DeadLetterRecord): Origin | undefined {
  return parseResolution(decodeTexts(record));
}

/** Of a record without a reason only: earlier versions kept a message's own `x-resolution` among the headers of a dead letter. */
export function parseResolution(texts: HeaderTexts): Origin | undefined {
  const text = (name: string) => texts[HEADER_PLACES.get(name) ?? -1];
  if (text('x-reason') !== undefined) return undefined;
  const resolution = parseWord(RESOLUTIONS, text(RESOLUTION_HEADER) ?? text(OLD_RESOLUTION_HEADER));
  return resolution && parseOrigin(texts);
}

/** It shares the record's bytes, as a copy of each costs more than all else; `undefined` when it is no dead letter. */
export function decodeDeadLetter<Reason extends string>(
  record: DeadLetterRecord,
  reasons: readonly Reason[],
): DeadLetter<Reason> | undefined {
  const { key, value, headers } = record;
  const head = parseHead(decodeTexts(record), reasons);
  if (head === undefined) return undefined;
  const own = Object.entries(headers)
    .filter(([name]) => !(HEAD_HEADERS as readonly string[]).includes(name))
    .map(([name, bytes]) => [name.startsWith(KEPT) ? name.slice(KEPT.length) : name, toView(bytes)] as const);
  return {
    ...head,
    message: { key: key && toView(key), value: value && toView(value), headers: Object.fromEntries(own) },
    consumerGroup: oneLine(head.consumerGroup),
    replica: oneLine(head.replica),
    errorCode: oneLine(head.errorCode),
    errorMessage: oneLine(head.errorMessage),
  };
}

/** Of a Buffer, too, a plain array. */
function toView({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** By hand: an index of 100,000 is read within a second. `undefined` when the record is no dead letter. */
export function parseHead<Reason extends string>(
  texts: HeaderTexts,
  reasons: readonly Reason[],
): DeadLetterHead<Reason> | undefined {
  const [, , , sentAt, consumerGroup, replica, attempts, firstFailureAt, lastFailureAt, ...others] = texts;
  const [stage, reason, errorCode, errorMessage, redriveCount, , oldResolution] = others;
  if (oldResolution !== undefined) return undefined;
  const head = {
    origin: parseOrigin(texts),
    sentAt: parseTimestamp(sentAt),
    consumerGroup,
    replica,
    attempts: parseNumber(attempts, COUNT),
    firstFailureAt: parseTime(firstFailureAt),
    lastFailureAt: parseTime(lastFailureAt),
    stage: parseWord(STAGES, stage),
    reason: parseWord(reasons, reason),
    errorCode,
    errorMessage,
    redriveCount: parseNumber(redriveCount, COUNT),
  };
  return isComplete(head) ? head : undefined;
}

function isComplete<T extends object>(
  head: T,
): head is { [Name in keyof T]: Exclude<T[Name], undefined> } & T {
  return !Object.values(head).includes(undefined);
}

function decodeTexts({ headers }: DeadLetterRecord): HeaderTexts {
  return Array.from(HEADER_PLACES.keys(), (name) => {
    const bytes = Object.hasOwn(headers, name) ? headers[name] : undefined;
    return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  });
}

function encodeTexts(headers: Record<string, string>): Record<string, Uint8Array> {
  const encoded = Object.entries(headers).map(([name, value]) => [name, utf8.encode(value)] as const);
  return Object.fromEntries(encoded);
}

function originHeaders({ topic, partition, offset }: Origin): Record<OriginHeader, string> {
  return {
    'x-original-topic': topic,
    'x-original-partition': String(partition),
    'x-original-offset': offset,
  };
}

function parseOrigin([topic, partitionText, offset]: HeaderTexts): Origin | undefined {
  const partition = parseNumber(partitionText, COUNT);
  if (topic === undefined || topic === '' || partition === undefined) return undefined;
  return offset !== undefined && OFFSET.test(offset) ? { topic, partition, offset } : undefined;
}

function parseNumber(text: string | undefined, format: RegExp): number | undefined {
  return text !== undefined && format.test(text) ? Number(text) : undefined;
}

function parseTimestamp(text: string | undefined): Date | undefined {
  return validTime(parseNumber(text, MS) ?? NaN);
}

function parseTime(text: string | undefined): Date | undefined {
  return text !== undefined && ISO_TIME.test(text) ? validTime(text) : undefined;
}

function validTime(value: string | number): Date | undefined {
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function parseWord<T extends string>(values: readonly T[], text: string | undefined): T | undefined {
  return values.find((value) => value === text);
}
