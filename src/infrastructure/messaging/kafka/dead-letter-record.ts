import { z } from 'zod';
import type { DeadLetter, DeadLetterMark, Origin } from '../../../application/ports/dead-letters.js';
import { copyOf } from '../dead-letter.js';

/** What is of interest of a record, whether it is written or was read. */
export interface DeadLetterRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, Uint8Array>>;
}

const text = z.string();
const count = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const time = z.iso.datetime().transform((iso) => new Date(iso));

const origin = z.object({
  'x-original-topic': text.min(1),
  'x-original-partition': count,
  'x-original-offset': text.regex(/^(0|[1-9]\d{0,18})$/),
});
const markHeaders = origin.extend({ 'x-mark': z.enum(['redriven', 'discarded']) });
const letterHeaders = origin.extend({
  'x-original-timestamp': text
    .regex(/^-?\d{1,16}$/)
    .transform((ms) => new Date(Number(ms)))
    .refine((sentAt) => !Number.isNaN(sentAt.getTime())),
  'x-consumer-group': text,
  'x-replica': text,
  'x-attempts': count,
  'x-first-failure-at': time,
  'x-last-failure-at': time,
  'x-failure-stage': z.enum(['decode', 'validate', 'handle', 'timeout']),
  'x-reason': z.enum(['invalid', 'exhausted', 'conflicting']),
  'x-error-code': text,
  'x-error-message': text,
  'x-redrive-count': count,
});

const OURS = new Set(Object.keys({ ...markHeaders.shape, ...letterHeaders.shape }));
/**
 * Before the name of a header of the message that has one of our names, as a redriven message's `x-redrive-count`, or that
 * begins so already: the message's headers come back as they were, whatever they are.
 */
const KEPT = 'x-kept-';
const NO_TIMESTAMP = -1;

const utf8 = { encode: new TextEncoder(), decode: new TextDecoder() };

export function encodeLetter(given: DeadLetter): DeadLetterRecord {
  const letter = copyOf(given);
  const sentAt = letter.sentAt.getTime();
  const { key, value, headers } = letter.message;
  return {
    key,
    value,
    headers: {
      ...renamed(headers, (name) => (OURS.has(name) || name.startsWith(KEPT) ? KEPT + name : name)),
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
      } satisfies Record<Exclude<keyof typeof letterHeaders.shape, keyof typeof origin.shape>, string>),
    },
  };
}

export function encodeMark(of: Origin, mark: DeadLetterMark): DeadLetterRecord {
  return { key: null, value: null, headers: bytesOf({ ...originHeaders(of), 'x-mark': mark }) };
}

/** The origin of the letter that a mark is of; `undefined` when the record is no mark. */
export function decodeMark({ headers }: DeadLetterRecord): Origin | undefined {
  const { data } = markHeaders.safeParse(textsOf(headers));
  return data && originOf(data);
}

/** A copy; `undefined` when the record is no letter. */
export function decodeLetter({ key, value, headers }: DeadLetterRecord): DeadLetter | undefined {
  const { data } = letterHeaders.safeParse(textsOf(headers));
  if (data === undefined || 'x-mark' in headers) return undefined;
  const own = Object.entries(headers).filter(([name]) => !OURS.has(name));
  return copyOf({
    origin: originOf(data),
    message: {
      key,
      value,
      headers: renamed(Object.fromEntries(own), (name) =>
        name.startsWith(KEPT) ? name.slice(KEPT.length) : name,
      ),
    },
    sentAt: data['x-original-timestamp'],
    consumerGroup: data['x-consumer-group'],
    replica: data['x-replica'],
    attempts: data['x-attempts'],
    firstFailureAt: data['x-first-failure-at'],
    lastFailureAt: data['x-last-failure-at'],
    stage: data['x-failure-stage'],
    reason: data['x-reason'],
    errorCode: data['x-error-code'],
    errorMessage: data['x-error-message'],
    redriveCount: data['x-redrive-count'],
  });
}

function originHeaders({ topic, partition, offset }: Origin): Record<keyof typeof origin.shape, string> {
  return {
    'x-original-topic': topic,
    'x-original-partition': String(partition),
    'x-original-offset': offset,
  };
}

function originOf(headers: z.infer<typeof origin>): Origin {
  return {
    topic: headers['x-original-topic'],
    partition: headers['x-original-partition'],
    offset: headers['x-original-offset'],
  };
}

function renamed(headers: DeadLetterRecord['headers'], rename: (name: string) => string) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [rename(name), value]));
}

function bytesOf(headers: Record<string, string>): Record<string, Uint8Array> {
  const encoded = Object.entries(headers).map(([name, value]) => [name, utf8.encode.encode(value)] as const);
  return Object.fromEntries(encoded);
}

function textsOf(headers: DeadLetterRecord['headers']): Record<string, string> {
  const ours = Object.entries(headers).filter(([name]) => OURS.has(name));
  return Object.fromEntries(ours.map(([name, value]) => [name, utf8.decode.decode(value)]));
}
