const INT_BITS = 32;

/** Reads the types of Kafka's protocol one after another. Throws a `RangeError` where the bytes end too early. */
export class ByteCursor {
  constructor(
    readonly buffer: Buffer,
    public at = 0,
  ) {}

  int16(): number {
    return this.buffer.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.skip(4));
  }

  int64(): bigint {
    return this.buffer.readBigInt64BE(this.skip(8));
  }

  /** Zigzag, of 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.buffer[this.at++];
      if (byte === undefined) throw tooShort();
      if (shift < INT_BITS) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
  }

  /** Zigzag, of 64 bits; exact where a number is. */
  varlong(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.buffer[this.at++];
      if (byte === undefined) throw tooShort();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }

  /** Of a length before them; not copied. Returns null for those of length -1. */
  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const from = this.skip(length);
    return this.buffer.subarray(from, this.at);
  }

  /** Of a length before it. */
  text(encoding: 'latin1' | 'utf8'): string {
    const from = this.skip(Math.max(0, this.varint()));
    return this.buffer.toString(encoding, from, this.at);
  }

  /** Returns where the bytes begin that are skipped. */
  skip(length: number): number {
    const from = this.at;
    if (from + length > this.buffer.length) throw tooShort();
    this.at += length;
    return from;
  }

  /** Returns where the bytes begin that are skipped, of a length before them. */
  skipBytes(): number {
    return this.skip(Math.max(0, this.varint()));
  }
}

function tooShort(): RangeError {
  return new RangeError('the bytes end too early');
}
