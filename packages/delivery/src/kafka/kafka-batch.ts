import type { Batch, ConsumerStartBatchProcessEvent, IHeaders, KafkaMessage } from 'kafkajs';
import type { ReceivedRecord, RecordBatch } from '../engine/record-source.js';

/** It begins where it was fetched: below its first record there may be some that compaction took. */
export function toBatch(batch: Batch): RecordBatch {
  const { topic, partition, messages } = batch;
  return {
    partition,
    from: BigInt((batch as typeof batch & { readonly fetchedOffset: string }).fetchedOffset),
    to: BigInt(batch.lastOffset()) + 1n,
    records: messages.map((message) => toRecord(topic, partition, message)),
  };
}

/** Records that kafkajs filters out (markers of transactions) never come as a batch, but it moves on past them. */
export function toFilteredBatch(payload: ConsumerStartBatchProcessEvent['payload']): RecordBatch {
  const { partition, lastOffset } = payload;
  const firstOffset = payload.firstOffset as string | null;
  return { partition, from: BigInt(firstOffset ?? lastOffset), to: BigInt(lastOffset) + 1n, records: [] };
}

function toRecord(topic: string, partition: number, message: KafkaMessage): ReceivedRecord {
  const { offset, timestamp, key, value, headers } = message;
  return {
    topic,
    partition,
    offset: BigInt(offset),
    timestamp: Number(timestamp),
    key,
    value,
    headers: toHeaders(headers),
  };
}

const NOTHING = Buffer.alloc(0);

/** Of a header that occurs more than once the last one counts, as with `Headers.lastHeader` of Kafka's own client. */
function toHeaders(headers: IHeaders = {}): Record<string, Uint8Array> {
  const entries = Object.entries(headers).map(([name, value]) => {
    const last = Array.isArray(value) ? value.at(-1) : value;
    // a header may be null in the log, whatever the types of kafkajs say
    const bytes = (last as typeof last | null) ?? NOTHING;
    return [name, typeof bytes === 'string' ? Buffer.from(bytes) : bytes] as const;
  });
  return Object.fromEntries(entries);
}
