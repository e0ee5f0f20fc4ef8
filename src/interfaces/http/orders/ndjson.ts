import { isUtf8 } from 'node:buffer';

export const NDJSON_MEDIA_TYPE = 'application/x-ndjson';
export const NDJSON_MEDIA_TYPES = [NDJSON_MEDIA_TYPE, 'application/ndjson', 'application/jsonl'];

const NEWLINE = 0x0a;

/** A line as it was sent. `text` is absent when it is too long or not UTF-8. */
export interface TextLine {
  /** From 1; empty lines count. */
  readonly number: number;
  readonly text?: string;
  readonly problem?: 'too-long' | 'not-utf8';
}

/**
 * Yields the lines of each chunk that are not empty. It holds one line at most, and nothing of one that is too long;
 * node:readline holds a line of any length, and replaces what isn't UTF-8. @see https://github.com/ndjson/ndjson-spec
 */
export async function* splitLines(
  body: AsyncIterable<Buffer>,
  maxLineBytes: number,
): AsyncGenerator<TextLine[], void> {
  let number = 0;
  let begun: Buffer[] = [];
  let bytes = 0;
  const add = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes <= maxLineBytes) begun.push(piece);
    else begun = [];
  };
  const end = (): TextLine => {
    const line = bytes > maxLineBytes ? ({ problem: 'too-long' } as const) : decode(begun);
    [begun, bytes] = [[], 0];
    return { number: ++number, ...line };
  };
  for await (const chunk of body) {
    const lines: TextLine[] = [];
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      add(chunk.subarray(from, to));
      lines.push(end());
      from = to + 1;
    }
    if (from < chunk.length) add(chunk.subarray(from));
    yield lines.filter(isNotEmpty);
  }
  if (bytes > 0) yield [end()].filter(isNotEmpty);
}

function decode(pieces: readonly Buffer[]): Pick<TextLine, 'text' | 'problem'> {
  const [first] = pieces;
  const bytes = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
  return isUtf8(bytes) ? { text: bytes.toString() } : { problem: 'not-utf8' };
}

function isNotEmpty({ text }: TextLine): boolean {
  return text === undefined || text.trim() !== '';
}
