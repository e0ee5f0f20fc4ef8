import type { DeadLetter, DeadLetterFilter, Origin } from './dead-letters.js';

const MAX_TEXT = 512;

/** A topic's name has no slash. */
export function originId({ topic, partition, offset }: Origin): string {
  return `${topic}/${partition}/${offset}`;
}

/** @param at when it was dead-lettered */
export function matches(
  { origin, message, reason }: DeadLetter,
  at: Date,
  filter: DeadLetterFilter,
): boolean {
  const { key, before } = filter;
  return (
    (filter.reason === undefined || reason === filter.reason) &&
    (key === undefined || (message.key !== null && Buffer.from(key).equals(message.key))) &&
    (before === undefined || at < before) &&
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

/** Shares nothing with the one given; its texts are one line each. */
export function copyDeadLetter<Reason extends string>(deadLetter: DeadLetter<Reason>): DeadLetter<Reason> {
  const { origin, message } = deadLetter;
  const headers = Object.entries(message.headers).map(([name, value]) => [name, new Uint8Array(value)]);
  return {
    ...deadLetter,
    origin: { ...origin },
    message: {
      key: message.key && new Uint8Array(message.key),
      value: message.value && new Uint8Array(message.value),
      headers: Object.fromEntries(headers) as Record<string, Uint8Array>,
    },
    sentAt: new Date(deadLetter.sentAt),
    firstFailureAt: new Date(deadLetter.firstFailureAt),
    lastFailureAt: new Date(deadLetter.lastFailureAt),
    consumerGroup: oneLine(deadLetter.consumerGroup),
    replica: oneLine(deadLetter.replica),
    errorCode: oneLine(deadLetter.errorCode),
    errorMessage: oneLine(deadLetter.errorMessage),
  };
}
