import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessagePublishFailed, type EncodedMessage } from '../../src/application/ports/message-publisher.js';
import { run as runIn } from '../../src/interfaces/cli/program.js';
import { CERTIFICATES } from '../support/certificates.js';
import { FakeTerminal, type TerminalSettings } from '../support/fake-terminal.js';
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

/** Runs the command in this process; a wait takes its time on the terminal's clock alone. */
async function run(line: string, settings?: TerminalSettings) {
  const terminal = new FakeTerminal(settings);
  const [command = '', ...words] = line.split(' ').map((word) => (word === 'FILE' ? file : word));
  await runIn(['orders', command, '--url', api.url, ...words], terminal);
  const waitedMs = terminal.waits.reduce((sum, ms) => sum + ms, 0);
  return { ...terminal.result, waitedMs };
}

describe('orders import', () => {
  it('imports the orders of a file', async () => {
    await writeFile(file, `{"orderId":"a","product":"tea"}\n{"orderId":"b","product":"tea"}\n`);

    const { code, stdout, stderr } = await run('import FILE');

    expect({ code, stdout }).toEqual({ code: 0, stdout: '2 orders imported, 0 invalid\n' });
    expect(stderr).toMatch(/^2 lines, \d+\/s, 0 invalid, 0 s left\n$/);
    expect(keys()).toEqual(['a', 'b']);
    expect(await readdir(folder)).toEqual(['orders.ndjson']);
  });

  it('imports those of standard input, and prints JSON', async () => {
    const { code, stdout } = await run('import - --json', { input: lines(3) });

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ accepted: 3, invalid: 0, complete: true, line: 4 });
    expect(new Set(keys()).size).toBe(3);
  });

  it('tells which lines are invalid, and why, and ends with 1', async () => {
    await writeFile(file, `${lines(1)}{"product":"","a\\u001b[2J":1}\nno\n${lines(1)}`);

    const { code, stdout, stderr } = await run('import FILE');

    expect({ code, stdout }).toEqual({ code: 1, stdout: '2 orders imported, 2 invalid\n' });
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

  it('resumes where it was interrupted, and doubles nothing', async () => {
    const count = 30_000;
    await writeFile(file, lines(count, 'x'.repeat(80)));

    const begun = await run('import FILE', {
      onWritten: (stderr, interrupt) => {
        if (stderr.includes('lines')) interrupt();
      },
    });
    expect(begun.code).toBe(1);
    const [, next] = /stopped before line (\d+); run the same again to resume\n$/.exec(begun.stderr) ?? [];
    expect(Number(next)).toBeGreaterThan(1);
    expect(Number(next)).toBeLessThan(count);
    expect(await readdir(folder)).toEqual(['orders.ndjson', 'orders.ndjson.import.json']);

    const { code, stdout, stderr } = await run('import FILE');

    expect(stderr).toContain(`resuming at line ${next}\n`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${count} orders imported, 0 invalid\n` });
    expect(new Set(keys()).size).toBe(count);
    expect(await readdir(folder)).toEqual(['orders.ndjson']);
  });

  describe('begins anew', () => {
    const content = lines(2);
    const key = `sha256:${createHash('sha256').update(content).digest('hex')}`;

    it.each([
      ['is of another file', '{"key":"sha256:another","line":2,"byte":10,"accepted":1,"invalid":0}'],
      ['is of an older version', `{"key":"${key}","line":2,"byte":18,"accepted":1,"refused":0}`],
      ['can’t be read', '{'],
    ])('when the saved state %s', async (_why, saved) => {
      await writeFile(file, content);
      await writeFile(`${file}.import.json`, saved);

      const { stdout, stderr } = await run('import FILE');

      expect(stdout).toBe('2 orders imported, 0 invalid\n');
      expect(stderr).not.toContain('resuming');
      expect(keys()).toHaveLength(2);
    });
  });

  it('says once that its state can’t be saved, and imports all', async () => {
    await writeFile(file, lines(10_000, 'x'.repeat(80)));
    await mkdir(`${file}.import.json.new`);

    const { code, stderr } = await run('import FILE');

    expect(code).toBe(0);
    expect(
      stderr.match(
        /^the position can't be saved \(EISDIR.+\): when it is interrupted, the next run starts anew$/gm,
      ),
    ).toHaveLength(1);
  });

  it('waits for an unavailable service, and continues by itself', async () => {
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
    expect(stderr).toContain(`no service responds at ${api.url}: start it, or say where it is with --url`);
    expect(keys()).toHaveLength(2);
  });

  it('waits for its turn where clients have a limit', async () => {
    await writeFile(file, lines(2));
    await api.close();
    const places = { imports: 10, orderStreams: 10, liveStreams: 10, waits: 10 };
    let now = 0;
    api = await startApi({ publisher, clientLimits: { requestsPerSecond: 1, ...places, now: () => now } });
    for (let n = 0; n < 10; n++) await api.client.get('/api/Order/none');

    const { code, stderr } = await run('import FILE', { onWait: () => (now += 10_000) });

    expect(code).toBe(0);
    expect(stderr).toContain('There may be 10 requests in 10 s.');
    expect(keys()).toHaveLength(2);
  });

  it('ends at a certificate that is not trusted, and says what to do', async () => {
    await writeFile(file, lines(2));
    await api.close();
    const certificate = { current: CERTIFICATES.server, watch: () => () => undefined };
    api = await startApi({ publisher, certificate });

    const { code, stderr, waitedMs } = await run('import FILE');

    expect({ code, waitedMs }).toEqual({ code: 1, waitedMs: 0 });
    expect(stderr).toContain(
      `the service at ${api.url} can't be trusted: unable to verify the first certificate`,
    );
    expect(stderr).toContain('NODE_EXTRA_CA_CERTS names a file with authorities to trust');
    expect(keys()).toEqual([]);
  });

  it('sends again what the broker did not confirm, under the same ids', async () => {
    await api.close();
    let sent = 0;
    const failing = {
      publish: (message: EncodedMessage) =>
        ++sent === 2
          ? Promise.reject(new MessagePublishFailed('unknown', 'unavailable'))
          : publisher.publish(message),
    };
    api = await startApi({ publisher: failing });
    await writeFile(file, lines(2));

    const { code, stdout, stderr } = await run('import FILE');

    expect({ code, stdout }).toEqual({ code: 0, stdout: '2 orders imported, 0 invalid\n' });
    expect(stderr).toMatch(/^It is unknown whether the order was accepted; retrying\n/);
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
    expect(stderr).toMatch(/^The service is overloaded; retrying\n/);
    expect(waitedMs).toBeGreaterThan(0);
    expect(new Set(keys()).size).toBe(2);
  });

  it('stops when nothing gets through for a minute, and says where it resumes', async () => {
    await api.close();
    await writeFile(file, lines(2));

    const { code, stdout, stderr, waitedMs } = await run('import FILE');

    expect(waitedMs).toBeGreaterThan(60_000);
    expect(waitedMs).toBeLessThanOrEqual(65_000);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '0 orders imported, 0 invalid\n' });
    expect(stderr.match(/retrying/g)).toHaveLength(1);
    expect(stderr).toMatch(/stopped before line 1; run the same again to resume\n$/);
  });

  it('says why it can’t read the file', async () => {
    const { code, stdout, stderr } = await run('import /nowhere/at/all');

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^error: '\/nowhere\/at\/all' can't be read: ENOENT.+\nSee: npm run orders -- import --help\n$/,
    );
  });

  it('is a program', async () => {
    await writeFile(file, lines(2));
    const env = { ...process.env, ORDER_SERVICE_URL: api.url };

    const ended = await new Promise((resolve) => {
      execFile(process.execPath, [MAIN, 'orders', 'import', file], { env }, (error, stdout) => {
        resolve({ code: error?.code ?? 0, stdout });
      });
    });

    expect(ended).toEqual({ code: 0, stdout: '2 orders imported, 0 invalid\n' });
  });
});
