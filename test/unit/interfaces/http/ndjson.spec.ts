import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { splitLines, type TextLine } from '../../../../src/interfaces/http/orders/ndjson.js';

async function read(chunks: readonly Uint8Array[], maxLineBytes = 100): Promise<TextLine[]> {
  async function* body() {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
  }
  const lines: TextLine[] = [];
  for await (const some of splitLines(body(), maxLineBytes)) lines.push(...some);
  return lines;
}

/** What Node has as `gc` when it is started with `--expose-gc`. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

const bytes = (text: string) => Buffer.from(text);

describe('the lines of a body', () => {
  it('are numbered, whether or not the last one ends', async () => {
    const expected = [
      { number: 1, text: 'a' },
      { number: 2, text: 'b' },
    ];

    expect(await read([bytes('a\nb')])).toEqual(expected);
    expect(await read([bytes('a\nb\n')])).toEqual(expected);
  });

  it('are left out when they are empty, and count', async () => {
    expect(await read([bytes('\n \r\na\r\n\n')])).toEqual([{ number: 3, text: 'a\r' }]);
  });

  it('are told from what is too long or not UTF-8', async () => {
    const body = Buffer.concat([
      bytes(`${'x'.repeat(5)}\n${'x'.repeat(4)}\n`),
      Buffer.of(0xff),
      bytes('\né\n'),
    ]);

    expect(await read([body], 4)).toEqual([
      { number: 1, problem: 'too-long' },
      { number: 2, text: 'xxxx' },
      { number: 3, problem: 'not-utf8' },
      { number: 4, text: 'é' },
    ]);
  });

  it('hold nothing of one that is too long', async () => {
    const chunks: WeakRef<ArrayBufferLike>[] = [];
    let held = 0;
    async function* body() {
      for (let count = 0; count < 20; count++) {
        const chunk = Buffer.alloc(100_000, 'x');
        chunks.push(new WeakRef(chunk.buffer));
        yield chunk;
      }
      await setImmediate(); // until the end of a turn what a WeakRef leads to is kept
      collectGarbage();
      held = chunks.filter((memory) => memory.deref() !== undefined).length;
    }
    const lines: TextLine[] = [];
    for await (const some of splitLines(body(), 250_000)) lines.push(...some);

    expect(lines).toEqual([{ number: 1, problem: 'too-long' }]);
    expect(held).toBeLessThan(3);
  });

  it('are the same however the chunks are', async () => {
    const character = fc.constantFrom('\n', '\n', 'a', 'é', '😀', '\r', ' ');
    await fc.assert(
      fc.asyncProperty(
        fc.array(character, { maxLength: 40 }),
        fc.array(fc.nat(60), { maxLength: 8 }),
        async (characters, borders) => {
          const whole = bytes(characters.join(''));
          const at = [
            0,
            ...borders.map((border) => Math.min(border, whole.length)).sort((a, b) => a - b),
            whole.length,
          ];
          const pieces = at.slice(1).map((to, index) => whole.subarray(at[index], to));
          expect(await read(pieces, 6)).toEqual(await read([whole], 6));
        },
      ),
    );
  });
});
