import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { importChunks } from '../../../../src/interfaces/cli/import-chunks.js';
import type { ImportState } from '../../../../src/interfaces/cli/import-file.js';
import { ServiceClient } from '../../../../src/interfaces/cli/service-client.js';
import { FakeTerminal } from '../../../support/fake-terminal.js';

const START: ImportState = { key: 'k', line: 1, byte: 0, accepted: 0, invalid: 0 };
/** Of two lines each: their first lines are 1, 3, 5 … */
const BLOCKS = Array.from({ length: 5 }, () => Buffer.from('a\nb\n'));

let sent: { firstLine: number; lines: string; respond: (status?: number) => void }[];

beforeEach(() => {
  sent = [];
  jest.spyOn(globalThis, 'fetch').mockImplementation(
    (url, init) =>
      new Promise((resolve) => {
        const respond = (status = 200) => {
          const summary = { accepted: 2, invalid: 0, complete: true };
          const body = status === 200 ? { summary } : { status, title: 'no', detail: 'not allowed' };
          const headers = { 'x-correlation-id': 'c-1' };
          resolve(new Response(JSON.stringify(body), { status, headers }));
        };
        const firstLine = Number(/firstLine=(\d+)$/.exec(url as string)?.[1]);
        sent.push({ firstLine, lines: (init?.body as Buffer).toString(), respond });
      }),
  );
});
afterEach(() => void jest.restoreAllMocks());

async function* read(blocks: readonly Buffer[]) {
  for (const block of blocks) yield await Promise.resolve(block);
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

function begin(blocks: readonly Buffer[] = BLOCKS) {
  const lines: number[] = [];
  const result = importChunks(
    read(blocks),
    START,
    new ServiceClient({ url: 'http://x' }),
    new FakeTerminal(),
    {
      onInvalid: () => undefined,
      onRetry: () => undefined,
      onProgress: ({ line }) => lines.push(line),
    },
  );
  return { result, lines };
}

async function respond(firstLine: number, status?: number) {
  sent.find((each) => each.firstLine === firstLine)?.respond(status);
  await turn();
  await turn();
}

describe('the chunks of an import', () => {
  it('are whole lines, wherever the blocks end', async () => {
    const { result } = begin([Buffer.from('a\nb'), Buffer.from('b\nc'), Buffer.from('c')]);
    await turn();
    for (const { respond: now } of sent) now();

    expect(sent.map(({ firstLine, lines }) => [firstLine, lines])).toEqual([
      [1, 'a\n'],
      [2, 'bb\n'],
      [3, 'cc'],
    ]);
    expect((await result).state).toEqual({ ...START, line: 4, byte: 7, accepted: 6 });
  });

  it('are three at once; the next one waits for any of them', async () => {
    const { result } = begin();
    await turn();
    expect(sent.map(({ firstLine }) => firstLine)).toEqual([1, 3, 5]);

    await respond(3);
    expect(sent.map(({ firstLine }) => firstLine)).toEqual([1, 3, 5, 7]);

    await respond(5);
    for (const { firstLine } of sent) await respond(firstLine);
    expect((await result).complete).toBe(true);
  });

  it('count in the order of the lines', async () => {
    const { result, lines } = begin();
    await turn();

    await respond(3);
    expect(lines).toEqual([]);
    await respond(1);
    expect(lines).toEqual([3, 5]);

    await respond(5);
    await respond(7);
    await respond(9);
    expect(await result).toEqual({
      state: { ...START, line: 11, byte: 20, accepted: 10 },
      complete: true,
    });
  });

  it('behind one that failed for good do not count, and no other is sent', async () => {
    const { result } = begin();
    await turn();

    await respond(3, 400);
    await respond(1);
    await respond(5);

    expect(await result).toEqual({
      state: { ...START, line: 3, byte: 4, accepted: 2 },
      complete: false,
      failure: 'not allowed',
    });
    expect(sent).toHaveLength(3);
  });
});
