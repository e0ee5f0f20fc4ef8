import type { DeadLetter, DeadLetterFilter, Origin } from './dead-letters.js';

const MAX_TEXT = 512;

/** A topic's name has no slash. */
export function originId({ topic, partition, offset }: Origin): string {
  return `${topic}/${partition}/${offset}`;
}

export function matches(
  { origin, message, reason, lastFailureAt }: DeadLetter,
  filter: DeadLetterFilter,
): boolean {
  const { key, before } = filter;
  return (
    (filter.reason === undefined || reason === filter.reason) &&
    (key === undefined || (message.key !== null && Buffer.from(key).equals(message.key))) &&
    (before === undefined || lastFailureAt < before) &&
    (filter.origin === undefined || originId(origin) === originId(filter.origin))
  );
}

/** For sorting: by partition, then by offset. */
export function byOrigin({ origin: a }: DeadLetter, { origin: b }: DeadLetter): number {
  return a.partition - b.partition || Number(BigInt(a.offset) - BigInt(b.offset));
}

/** Without control characters and breaks of any kind, well-formed, and at most 512 characters long. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .slice(0, MAX_TEXT)
    .toWellFormed();
}

/** A letter that shares nothing with the one given; its texts are one line each. */
export function copyDeadLetter<Reason extends string>(letter: DeadLetter<Reason>): DeadLetter<Reason> {
  const { origin, message } = letter;
  const headers = Object.entries(message.headers).map(([name, value]) => [name, new Uint8Array(value)]);
  return {
    ...letter,
    origin: { ...origin },
    message: {
      key: message.key && new Uint8Array(message.key),
      value: message.value && new Uint8Array(message.value),
      headers: Object.fromEntries(headers) as Record<string, Uint8Array>,
    },
    sentAt: new Date(letter.sentAt),
    firstFailureAt: new Date(letter.firstFailureAt),
    lastFailureAt: new Date(letter.lastFailureAt),
    consumerGroup: oneLine(letter.consumerGroup),
    replica: oneLine(letter.replica),
    errorCode: oneLine(letter.errorCode),
    errorMessage: oneLine(letter.errorMessage),
  };
}
