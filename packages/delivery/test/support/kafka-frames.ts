/** Kafka's frames: int32 length of what follows, then the request or response. */
export class FrameSplitter {
  #chunks: Buffer[] = [];
  #size = 0;
  #wanted = 4;

  /** Takes a chunk of any size and returns the frames that it completes, each with its length prefix. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const frames: Buffer[] = [];
    while (this.#size >= this.#wanted) {
      const bytes = this.#joined();
      this.#wanted = 4 + bytes.readInt32BE(0);
      if (this.#size < this.#wanted) break;
      frames.push(bytes.subarray(0, this.#wanted));
      this.#keep(bytes.subarray(this.#wanted));
      this.#wanted = 4;
    }
    return frames;
  }

  #joined(): Buffer {
    const bytes =
      this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#keep(bytes);
    return bytes;
  }

  #keep(bytes: Buffer): void {
    this.#chunks = bytes.length > 0 ? [bytes] : [];
    this.#size = bytes.length;
  }
}

/** Frame: length, int16 api key, int16 api version, int32 correlation id. */
export function requestHeader(frame: Buffer): { apiKey: number; correlationId: number } {
  return { apiKey: frame.readInt16BE(4), correlationId: frame.readInt32BE(8) };
}

/** Frame: length, int32 correlation id. */
export function responseCorrelationId(frame: Buffer): number {
  return frame.readInt32BE(4);
}
