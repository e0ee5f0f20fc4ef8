import { hash, randomFillSync } from 'node:crypto';
import { stringify, v7 } from 'uuid';
import type { IdGenerator } from '../../application/ports/id-generator.js';

/** Nothing else that is hashed from a key gives the same id. */
const NAMESPACE = 'order-service:idempotency-key:';
const RANDOM_BYTES_OF_ID = 16;

/** New ids are UUIDv7; derived ones are UUIDv8 from SHA-256, after the example in RFC 9562, appendix B.2. */
export class UuidGenerator implements IdGenerator {
  /** Fetched from the system for many ids at once, as each call is costly. */
  private readonly random = new Uint8Array(256 * RANDOM_BYTES_OF_ID);
  private used = this.random.length;

  next(): string {
    if (this.used === this.random.length) {
      randomFillSync(this.random);
      this.used = 0;
    }
    return v7({ random: this.random.subarray(this.used, (this.used += RANDOM_BYTES_OF_ID)) });
  }

  derivedFrom(key: string): string {
    const bytes = hash('sha256', NAMESPACE + key, 'buffer').subarray(0, 16);
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    return stringify(bytes);
  }
}
