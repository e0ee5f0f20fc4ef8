import type { Message } from './publisher.js';

/** Upper bounds of what Kafka's record format adds: lengths, deltas and attributes as varints. */
const RECORD_OVERHEAD = 96;
const HEADER_OVERHEAD = 10;

/** Bytes that a message takes in the topic, at most. */
export function encodedSize({ key, value, headers }: Message): number {
  let bytes = RECORD_OVERHEAD + (key === null ? 0 : Buffer.byteLength(key)) + (value?.byteLength ?? 0);
  for (const [name, header] of Object.entries(headers)) {
    bytes += HEADER_OVERHEAD + Buffer.byteLength(name);
    bytes += typeof header === 'string' ? Buffer.byteLength(header) : header.byteLength;
  }
  return bytes;
}
