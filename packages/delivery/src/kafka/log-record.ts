import { ByteCursor } from './byte-cursor.js';
import type { DeadLetterRecord, HeaderTexts } from './dead-letter-record.js';

const NOTHING = Buffer.alloc(0);

/** A record of a batch, which is decoded only where it is asked for. */
export class LogRecord {
  constructor(
    readonly offset: bigint,
    /** When it was sent or appended, as the topic is set; ms since the epoch. */
    readonly timestamp: number,
    private readonly buffer: Buffer,
    /** Where its key begins. */
    private readonly from: number,
    private readonly to: number,
  ) {}

  /** Before it was compressed. */
  get bytes(): number {
    return this.to - this.from;
  }

  get key(): Buffer | null {
    return this.cursor().bytes();
  }

  /**
   * Its bytes are not copied. Of a header that occurs more than once the last one counts, as with `Headers.lastHeader` of
   * Kafka's own client.
   */
  decode(): DeadLetterRecord {
    const cursor = this.cursor();
    const key = cursor.bytes();
    const value = cursor.bytes();
    const headers: Record<string, Uint8Array> = {};
    const count = cursor.varint();
    for (let place = 0; place < count; place++) {
      const name = NAMES.read(cursor, place);
      const bytes = cursor.bytes() ?? NOTHING;
      if (name === '__proto__') defineOwn(headers, name, bytes);
      else headers[name] = bytes;
    }
    return { key, value, headers };
  }

  /** Of the headers with these names, which are ASCII, the texts in their places. */
  texts(places: ReadonlyMap<string, number>): HeaderTexts {
    const texts = new Array<string | undefined>(places.size).fill(undefined);
    const cursor = this.cursor();
    cursor.skipBytes();
    cursor.skipBytes();
    for (let left = cursor.varint(); left > 0; left--) {
      const place = places.get(cursor.text('latin1'));
      if (place === undefined) cursor.skipBytes();
      else texts[place] = cursor.text('utf8');
    }
    return texts;
  }

  private cursor(): ByteCursor {
    return new ByteCursor(this.buffer, this.from);
  }
}

/** Names of headers by their places: most records of a topic have the same ones, and a name costs as much as its value. */
class HeaderNames {
  private static readonly MAX_PLACES = 64;
  private static readonly MAX_BYTES = 128;
  private readonly latest: { readonly bytes: Buffer; readonly name: string }[] = [];

  read(cursor: ByteCursor, place: number): string {
    const from = cursor.skipBytes();
    const { buffer, at: to } = cursor;
    const latest = this.latest[place];
    if (latest !== undefined && isSame(latest.bytes, buffer, from, to)) return latest.name;
    const name = buffer.toString('utf8', from, to);
    if (place < HeaderNames.MAX_PLACES && to - from <= HeaderNames.MAX_BYTES) {
      this.latest[place] = { bytes: Buffer.from(buffer.subarray(from, to)), name };
    }
    return name;
  }
}

const NAMES = new HeaderNames();

/** For so few bytes faster than `Buffer.compare`. */
function isSame(bytes: Buffer, buffer: Buffer, from: number, to: number): boolean {
  if (bytes.length !== to - from) return false;
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== buffer[from + index]) return false;
  return true;
}

function defineOwn(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
