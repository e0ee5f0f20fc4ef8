import type { Batch } from 'kafkajs';
import type { ReceivedRecord, RecordBatch } from '../engine/record-source.js';
import type { FetchedMessage } from './kafkajs-fetch-patch.js';
import type { LogRecord } from './log-record.js';

/** What the patched kafkajs hands on of a partition that had something. */
export interface FetchedBatch extends Pick<Batch, 'topic' | 'partition'> {
  readonly fetchedOffset: string;
  readonly messages: readonly FetchedMessage[];
}

/**
 * It begins where it was fetched: below its first record there may be some that compaction took, or markers of transactions.
 * What the broker sent may begin before that.
 */
export function toBatch({ topic, partition, fetchedOffset, messages }: FetchedBatch): RecordBatch {
  const from = BigInt(fetchedOffset);
  const [fetched] = messages;
  if (fetched === undefined) return { partition, from, to: from, records: [] };
  const records = fetched.records
    .filter(({ offset }) => offset >= from)
    .map((record) => toReceived(topic, partition, record));
  return { partition, from, to: BigInt(fetched.offset) + 1n, records };
}

function toReceived(topic: string, partition: number, record: LogRecord): ReceivedRecord {
  const { offset, timestamp } = record;
  const { key, value, headers } = record.decode();
  return { topic, partition, offset, timestamp, key, value, headers };
}
