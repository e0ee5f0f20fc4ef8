/** Whole lines of a file, as they are sent in one request. */
export interface LineChunk {
  /** From 1, in the file. */
  readonly firstLine: number;
  readonly lines: number;
  /** Where the file goes on behind them, in bytes. */
  readonly end: number;
  readonly bytes: Buffer;
}

export interface FilePosition {
  readonly line: number;
  readonly byte: number;
}

const NEWLINE = 0x0a;

/** Cuts blocks, of which the first begins at `start`, into whole lines. A line without end grows until the last block. */
export async function* lineChunks(
  blocks: AsyncIterable<Buffer>,
  start: FilePosition,
): AsyncGenerator<LineChunk, void> {
  let { line, byte } = start;
  const begun: Buffer[] = [];
  const chunkOf = (bytes: Buffer): LineChunk => {
    const lines = countOf(bytes);
    const chunk = { firstLine: line, lines, end: byte + bytes.length, bytes };
    line += lines;
    byte = chunk.end;
    return chunk;
  };
  for await (const block of blocks) {
    const whole = block.lastIndexOf(NEWLINE) + 1;
    if (whole > 0) yield chunkOf(Buffer.concat([...begun.splice(0), block.subarray(0, whole)]));
    if (whole < block.length) begun.push(block.subarray(whole));
  }
  if (begun.length > 0) yield chunkOf(Buffer.concat(begun));
}

/** Of lines, with or without an end of the last. */
function countOf(bytes: Buffer): number {
  let lines = bytes.at(-1) === NEWLINE ? 0 : 1;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}
