type Field = bigint | Buffer;

/** A message in Protocol Buffers, by the numbers of its fields. @see https://protobuf.dev/programming-guides/encoding/ */
export class Message {
  constructor(private readonly fields: ReadonlyMap<number, readonly Field[]>) {}

  has(field: number): boolean {
    return this.fields.has(field);
  }

  messages(field: number): Message[] {
    return this.all(field).map((bytes) => readProtobuf(bytes as Buffer));
  }

  text(field: number): string {
    return this.bytes(field).toString();
  }

  hex(field: number): string {
    return this.bytes(field).toString('hex');
  }

  integer(field: number): bigint {
    return (this.all(field)[0] as bigint | undefined) ?? 0n;
  }

  private bytes(field: number): Buffer {
    return (this.all(field)[0] as Buffer | undefined) ?? Buffer.alloc(0);
  }

  private all(field: number): readonly Field[] {
    return this.fields.get(field) ?? [];
  }
}

export function readProtobuf(buffer: Buffer): Message {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number): Buffer => buffer.subarray(at, (at += length));
  const read: Readonly<Record<number, () => Field>> = {
    0: varint,
    1: () => bytes(8).readBigUInt64LE(),
    2: () => bytes(Number(varint())),
    5: () => BigInt(bytes(4).readUInt32LE()),
  };
  while (at < buffer.length) {
    const tag = Number(varint());
    const value = read[tag & 7]?.();
    if (value === undefined) throw new Error(`there is no wire type ${tag & 7}`);
    const values = fields.get(tag >> 3) ?? [];
    fields.set(tag >> 3, [...values, value]);
  }
  return new Message(fields);
}
