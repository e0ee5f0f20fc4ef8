import type { RecordBatch } from '../../src/engine/record-source.js';

interface BatchOptions {
  readonly from: number;
  readonly to: number;
  readonly partition?: number;
  /** Those that the log has; all by default. */
  readonly offsets?: readonly number[];
  /** The key of an offset; none by default. */
  readonly key?: (offset: number) => string;
  readonly value?: Uint8Array;
}

/** Records of one partition as a source hands them in. */
export function aBatch({ from, to, partition = 0, offsets, key, value }: BatchOptions): RecordBatch {
  const all = offsets ?? Array.from({ length: to - from }, (_, index) => from + index);
  const records = all.map((offset) => ({
    topic: 'orders',
    partition,
    offset: BigInt(offset),
    timestamp: 0,
    key: key === undefined ? null : Buffer.from(key(offset)),
    value: value ?? null,
    headers: {},
  }));
  return { partition, from: BigInt(from), to: BigInt(to), records };
}
