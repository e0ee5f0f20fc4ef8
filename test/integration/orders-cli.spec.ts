import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessagePublishFailed, type EncodedMessage } from '../../src/application/ports/message-publisher.js';
import { runOrders, type OrdersTerminal } from '../../src/interfaces/cli/orders.js';
import { KeepingPublisher, startApi, type Api } from '../support/http-fixture.js';

const MAIN = fileURLToPath(new URL('../../dist/interfaces/cli/main.js', import.meta.url));

let folder: string;
let file: string;
let publisher: KeepingPublisher;
let api: Api;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orders-'));
  file = join(folder, 'orders.ndjson');
  publisher = new KeepingPublisher();
  api = await startApi({ publisher });
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const lines = (count: number, product = 'tea') => `${JSON.stringify({ product })}\n`.repeat(count);
const keys = () => publisher.messages.map(({ key }) => key);

interface Played {
  readonly input?: string;
  /** Called with all that was written to the terminal so far. */
  readonly onWritten?: (stderr: string, interrupt: () => void) => void;
  readonly onWait?: () => unknown;
  readonly isTTY?: boolean;
}

/** Runs the command in this process; a wait takes its time on the terminal's clock alone. */
async function run(line: string, { input = '', onWritten, onWait, isTTY = false }: Played = {}) {
  const written = { stdout: '', stderr: '' };
  const interrupted = new AbortController();
  let time = 0;
  const stderr = {
    isTTY,
    write: (text: string) => {
      written.stderr += text;
      onWritten?.(written.stderr, () => interrupted.abort());
    },
  };
  async function* stdin() {
    yield await Promise.resolve(Buffer.from(input));
  }
  const terminal: OrdersTerminal = {
    stdin: stdin(),
    stdout: { write: (text) => (written.stdout += text) },
    stderr,
    serviceUrl: api.url,
    untilInterrupted: () => interrupted.signal,
    now: () => time,
    wait: async (ms) => {
      time += ms;
      await onWait?.();
    },
  };
  const code = await runOrders(
    line.split(' ').map((word) => (word === 'FILE' ? file : word)),
    terminal,
  );
  return { code, ...written, waitedMs: time };
}

describe('orders import', () => {
  it('takes the orders of a file in', async () => {
    await writeFile(file, `{"orderId":"a","product":"tea"}\n{"orderId":"b","product":"tea"}\n`);

    const { code, stdout, stderr } = await run('import FILE');

    expect({ code, stdout }).toEqual({ code: 0, stdout: '2 orders imported, 0 refused\n' });
    expect(stderr).toMatch(/^2 lines, \d+\/s, 0 refused, 0 s left\n$/);
    expect(keys()).toEqual(['a', 'b']);
    expect(await readdir(folder)).toEqual(['orders.ndjson']);
  });

  it('takes those of standard input in, and prints JSON', async () => {
    const { code, stdout } = await run('import - --json', { input: lines(3) });

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ accepted: 3, refused: 0, complete: true, line: 4 });
    expect(new Set(keys()).size).toBe(3);
  });

  it('tells which lines were refused, and why, and ends with 1', async () => {
    await writeFile(file, `${lines(1)}{"product":"","a\\u001b[2J":1}\nno\n${lines(1)}`);

    const { code, stdout, stderr } = await run('import FILE');

    expect({ code, stdout }).toEqual({ code: 1, stdout: '2 orders imported, 2 refused\n' });
    expect(stderr).toContain('line 2: a\\u{1b}[2J is not a field of this request\n');
    expect(stderr).toContain('line 3: The line is not JSON in UTF-8.\n');
  });

  it('imports a file again under the same ids, and another file under others', async () => {
    await writeFile(file, lines(2));
    await run('import FILE');
    await run('import FILE');
    await writeFile(file, lines(2, 'coffee'));
    await run('import FILE');

    const [first, second, third] = [keys().slice(0, 2), keys().slice(2, 4), keys().slice(4)];
    expect(second).toEqual(first);
    expect(new Set([...first, ...third]).size).toBe(4);
  });

  it('goes on where it was interrupted, and doubles nothing', async () => {
    const count = 30_000;
    await writeFile(file, lines(count, 'x'.repeat(80)));

    const begun = await run('import FILE', {
      isTTY: true,
      onWritten: (stderr, interrupt) => {
        if (stderr.includes('lines')) interrupt();
      },
    });
    expect(begun.code).toBe(1);
    const [, next] = /stopped before line (\d+); run the same again to go on\n$/.exec(begun.stderr) ?? [];
    expect(Number(next)).toBeGreaterThan(1);
    expect(Number(next)).toBeLessThan(count);
    expect(await readdir(folder)).toEqual(['orders.ndjson', 'orders.ndjson.import.json']);

    const { code, stdout, stderr } = await run('import FILE');

    expect(stderr).toContain(`goes on at line ${next}\n`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${count} orders imported, 0 refused\n` });
    expect(new Set(keys()).size).toBe(count);
    expect(await readdir(folder)).toEqual(['orders.ndjson']);
  });

  it('begins anew when the file is another, or what was kept can’t be read', async () => {
    await writeFile(file, lines(2));
    await writeFile(
      `${file}.import.json`,
      '{"key":"sha256:another","line":2,"byte":10,"accepted":1,"refused":0}',
    );
    expect((await run('import FILE')).stdout).toBe('2 orders imported, 0 refused\n');

    await writeFile(`${file}.import.json`, '{');
    expect((await run('import FILE')).stdout).toBe('2 orders imported, 0 refused\n');
  });

  it('waits for a service that is away, and goes on by itself', async () => {
    await writeFile(file, lines(2));
    const port = Number(new URL(api.url).port);
    await api.close();
    const restart = async () => {
      if (keys().length > 0) return;
      api = await startApi({ publisher, port });
    };

    let restarted: Promise<void> | undefined;
    const { code, stderr } = await run('import FILE', { onWait: () => (restarted ??= restart()) });

    expect(code).toBe(0);
    expect(stderr).toContain(`no service answers at ${api.url}: start it, or say where it is with --url`);
    expect(keys()).toHaveLength(2);
  });

  it('sends again what the log did not confirm, under the same ids', async () => {
    await api.close();
    let sent = 0;
    const failing = {
      publish: (message: EncodedMessage) =>
        ++sent === 2
          ? Promise.reject(new MessagePublishFailed('unknown', 'away'))
          : publisher.publish(message),
    };
    api = await startApi({ publisher: failing });
    await writeFile(file, lines(2));

    const { code, stdout, stderr } = await run('import FILE');

    expect({ code, stdout }).toEqual({ code: 0, stdout: '2 orders imported, 0 refused\n' });
    expect(stderr).toMatch(/^It is unknown whether the order was accepted; trying again\n/);
    expect(new Set(keys()).size).toBe(2);
  });

  it('waits and sends again what the service has no room for', async () => {
    await api.close();
    let sent = 0;
    const full = () => new MessagePublishFailed('not-sent', 'full', { reason: 'overloaded' });
    const failing = {
      publish: (message: EncodedMessage) =>
        ++sent < 4 ? Promise.reject(full()) : publisher.publish(message),
    };
    api = await startApi({ publisher: failing, importedInFlight: 1 });
    await writeFile(file, lines(2));

    const { code, stderr, waitedMs } = await run('import FILE');

    expect(code).toBe(0);
    expect(stderr).toMatch(/^The service has too many orders now; trying again\n/);
    expect(waitedMs).toBeGreaterThan(0);
    expect(new Set(keys()).size).toBe(2);
  });

  it('gives up when nothing gets through for a minute, and says where to go on', async () => {
    await api.close();
    await writeFile(file, lines(2));

    const { code, stdout, stderr, waitedMs } = await run('import FILE');

    expect(waitedMs).toBeGreaterThan(60_000);
    expect(waitedMs).toBeLessThanOrEqual(65_000);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '0 orders imported, 0 refused\n' });
    expect(stderr.match(/trying again/g)).toHaveLength(1);
    expect(stderr).toMatch(/stopped before line 1; run the same again to go on\n$/);
  });

  it.each([
    ['import', 'say which file, or - for standard input'],
    ['export FILE', "there is no command 'export'"],
    ['import FILE other', "one file at a time, not 'other' too"],
    ['import FILE --fast', "Unknown option '--fast'"],
    ['import FILE --url nowhere', "'nowhere' is not the URL of a service, such as http://localhost:5000"],
    ['import /nowhere/at/all', "'/nowhere/at/all' can't be read: ENOENT"],
    [`import - --key ${'k'.repeat(241)}`, '--key must have at most 240 characters'],
  ])('%s is not understood', async (line, why) => {
    const { code, stderr } = await run(line);

    expect(code).toBe(2);
    expect(stderr).toContain(why);
    expect(stderr).toContain('See: npm run orders -- import --help\n');
  });

  it('explains itself', async () => {
    const { code, stdout } = await run('import --help');

    expect(code).toBe(0);
    expect(stdout).toContain('npm run orders -- import FILE');
  });

  it('is a program', async () => {
    await writeFile(file, lines(2));
    const env = { ...process.env, ORDER_SERVICE_URL: api.url };

    const ended = await new Promise((resolve) => {
      execFile(process.execPath, [MAIN, 'orders', 'import', file], { env }, (error, stdout) => {
        resolve({ code: error?.code ?? 0, stdout });
      });
    });

    expect(ended).toEqual({ code: 0, stdout: '2 orders imported, 0 refused\n' });
  });
});
