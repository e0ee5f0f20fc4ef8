import { createHash } from 'node:crypto';
import { stringify, v7 } from 'uuid';
import type { IdGenerator } from '../../application/ports/id-generator.js';

/** Keeps ids that are derived from a key apart from everything else that may be hashed from one. */
const NAMESPACE = 'order-service:idempotency-key:';

/** New ids are UUIDv7; derived ones are UUIDv8 from SHA-256, after the example in RFC 9562, appendix B.2. */
export class UuidGenerator implements IdGenerator {
  next(): string {
    return v7();
  }

  derivedFrom(key: string): string {
    const bytes = createHash('sha256').update(NAMESPACE).update(key, 'utf8').digest().subarray(0, 16);
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    return stringify(bytes);
  }
}
