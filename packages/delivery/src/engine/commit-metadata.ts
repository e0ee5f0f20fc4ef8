import type { OffsetRange } from './offset-range.js';

/** The failed attempts at a record that is not completed. */
export interface FailedAttempts {
  readonly count: number;
  /** When the first of them failed, in ms since the epoch. */
  readonly firstAt: number;
}

/** What the next owner of a partition should know beyond the committed position. */
export interface Progress {
  readonly completed: Iterable<OffsetRange>;
  /** By offset, ascending. */
  readonly failedAttempts: Iterable<readonly [bigint, FailedAttempts]>;
}

/** Kafka's `offset.metadata.max.bytes`. */
const MAX_BYTES = 4_096;
const MAX_BYTES_OF_ATTEMPTS = 1_024;
const NUMBER = String.raw`[\da-z]{1,10}`;
const RANGE = String.raw`${NUMBER}\+${NUMBER}`;
/** Attempts and their time only as far as a dead letter can tell them. */
const ATTEMPTS = String.raw`${NUMBER}\.[\da-z]{1,6}\.[\da-z]{1,9}`;
const FORMAT = new RegExp(`^1;((?:${RANGE}(?:,${RANGE})*)?);((?:${ATTEMPTS}(?:,${ATTEMPTS})*)?)$`);

/**
 * Progress as ASCII for a commit: `1;<gap>+<length>,…;<distance>.<attempts>.<first failure>,…`, numbers in base 36, each
 * place relative to the one before; empty when there is nothing. What doesn't fit is left out, the nearest stay.
 */
export function encodeProgress(position: bigint, { completed, failedAttempts }: Progress): string {
  let at = position;
  const attempts = joined(MAX_BYTES_OF_ATTEMPTS, failedAttempts, ([offset, { count, firstAt }]) => {
    const distance = base36(offset - at);
    at = offset;
    return `${distance}.${base36(count)}.${base36(firstAt)}`;
  });
  at = position;
  const ranges = joined(MAX_BYTES - attempts.length - '1;;'.length, completed, ({ from, to }) => {
    const gap = base36(from - at);
    at = to;
    return `${gap}+${base36(to - from)}`;
  });
  return ranges === '' && attempts === '' ? '' : `1;${ranges};${attempts}`;
}

/** Metadata that isn't ours says nothing: then more is redelivered, and nothing is missed. */
export function decodeProgress(
  position: bigint,
  metadata: string,
): { completed: OffsetRange[]; failedAttempts: Map<bigint, FailedAttempts> } {
  const [, ranges = '', attempts = ''] = FORMAT.exec(metadata) ?? [];
  const completed: OffsetRange[] = [];
  let at = position;
  for (const text of parts(ranges, ',')) {
    const [gap = 0, length = 0] = parts(text, '+').map(fromBase36);
    const from = at + BigInt(gap);
    at = from + BigInt(length);
    completed.push({ from, to: at });
  }
  const failedAttempts = new Map<bigint, FailedAttempts>();
  at = position;
  for (const text of parts(attempts, ',')) {
    const [distance = 0, count = 0, firstAt = 0] = parts(text, '.').map(fromBase36);
    at += BigInt(distance);
    failedAttempts.set(at, { count, firstAt });
  }
  return { completed, failedAttempts };
}

/** The metadata of a commit as it is from a later position on, whose records the topic still has. */
export function metadataFrom(later: bigint, position: bigint, metadata: string): string {
  const { completed, failedAttempts } = decodeProgress(position, metadata);
  return encodeProgress(later, {
    completed: completed
      .filter(({ to }) => to > later)
      .map(({ from, to }) => ({ from: from > later ? from : later, to })),
    failedAttempts: [...failedAttempts].filter(([offset]) => offset >= later),
  });
}

function joined<T>(maxLength: number, items: Iterable<T>, encode: (item: T) => string): string {
  let text = '';
  for (const item of items) {
    const next = text === '' ? encode(item) : `,${encode(item)}`;
    if (text.length + next.length > maxLength) break;
    text += next;
  }
  return text;
}

const base36 = (value: bigint | number): string => value.toString(36);
const fromBase36 = (text: string): number => Number.parseInt(text, 36);
const parts = (text: string, separator: string): string[] => (text === '' ? [] : text.split(separator));
