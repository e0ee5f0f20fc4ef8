import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { ReceivedRecord } from '../delivery/record-source.js';

export function toRecord(topic: string, partition: number, message: KafkaMessage): ReceivedRecord {
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

/** Of a header that occurs more than once the last one counts, as with `Headers.lastHeader` of Kafka's own client. */
function toHeaders(headers: IHeaders = {}): Record<string, Uint8Array> {
  const entries: [string, Uint8Array][] = [];
  for (const [name, value] of Object.entries(headers)) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) entries.push([name, typeof last === 'string' ? Buffer.from(last) : last]);
  }
  return Object.fromEntries(entries);
}
