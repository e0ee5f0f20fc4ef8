import type { Message } from '../engine/publisher.js';
import type { ReceivedRecord } from '../engine/record-source.js';

const LENGTH_BYTES = 4;
const NULL = -1;

/**
 * Key, value and headers in one piece of memory, each behind its length. As objects of their own those of a small record
 * take 2,140 bytes instead of 675.
 */
export function toBytes({ key, value, headers }: Message): Buffer {
  const parts = [key, value, ...Object.entries(headers).flat()];
  let length = 0;
  for (const part of parts) length += LENGTH_BYTES + lengthOf(part);
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const part of parts) {
    const start = at + LENGTH_BYTES;
    let end = start;
    if (typeof part === 'string') end += bytes.write(part, start, 'utf8');
    else if (part !== null) {
      bytes.set(part, start);
      end += part.byteLength;
    }
    bytes.writeInt32LE(part === null ? NULL : end - start, at);
    at = end;
  }
  return bytes;
}

export function fromBytes(bytes: Buffer): Pick<ReceivedRecord, 'key' | 'value' | 'headers'> {
  let at = 0;
  const next = (): Buffer | null => {
    const length = bytes.readInt32LE(at);
    const start = at + LENGTH_BYTES;
    at = start + Math.max(length, 0);
    return length === NULL ? null : bytes.subarray(start, at);
  };
  const key = next();
  const value = next();
  const headers: [string, Uint8Array][] = [];
  while (at < bytes.length) {
    const name = next()?.toString('utf8') ?? '';
    headers.push([name, next() ?? new Uint8Array()]);
  }
  return { key, value, headers: Object.fromEntries(headers) };
}

function lengthOf(part: string | Uint8Array | null): number {
  if (part === null) return 0;
  return typeof part === 'string' ? Buffer.byteLength(part, 'utf8') : part.byteLength;
}
