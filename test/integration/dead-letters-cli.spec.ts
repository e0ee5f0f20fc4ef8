import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { findFreePorts } from '../../tools/dev-servers/free-ports.js';
import { DeadLettersUnavailable, type DeadLetters } from '../../src/application/ports/dead-letters.js';
import { MessagePublishFailed, MessageTooLarge } from '../../src/application/ports/message-publisher.js';
import { run as runIn } from '../../src/interfaces/cli/program.js';
import { aDeadLetter, NOW, waiting } from '../support/a-dead-letter.js';
import { InMemoryDeadLetterStore } from '../../packages/delivery/src/in-memory/in-memory-dead-letter-store.js';
import { FakeTerminal } from '../support/fake-terminal.js';
import { KeepingPublisher, startApi, type Api } from '../support/http-fixture.js';

const MAIN = fileURLToPath(new URL('../../dist/interfaces/cli/main.js', import.meta.url));

let deadLetters: DeadLetters;
let publisher: KeepingPublisher;
let api: Api;

beforeEach(async () => {
  deadLetters = new InMemoryDeadLetterStore();
  publisher = new KeepingPublisher();
  api = await startApi({ deadLetters, publisher });
});
afterEach(() => api.close());

async function addDeadLetters(count: number): Promise<void> {
  for (let offset = 1; offset <= count; offset++) await deadLetters.add(aDeadLetter(offset));
}

/** Runs the built program; `onStarted` is called when it first writes to stderr. */
function run(line: string, onStarted: (interrupt: () => void) => void = () => undefined) {
  return new Promise<{ code: number | string; stdout: string; stderr: string }>((resolve) => {
    const env = { ...process.env, ORDER_SERVICE_URL: api.url };
    const child = execFile(
      process.execPath,
      [MAIN, 'dead-letters', ...line.split(' ')],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : (error.code ?? 'killed'), stdout, stderr });
      },
    );
    child.stdin?.end();
    child.stderr?.once('data', () => onStarted(() => child.kill('SIGINT')));
  });
}

/** Runs the commands in this process, where somebody types `typed` when asked. */
async function runHere(line: string, { isTTY = false, typed }: { isTTY?: boolean; typed?: string } = {}) {
  const terminal: FakeTerminal = new FakeTerminal({ isTTY }, (question) => {
    terminal.written.stderr += question;
    return Promise.resolve(typed);
  });
  await runIn(['dead-letters', ...line.split(' '), '--url', api.url], terminal);
  return { ...terminal.result, waits: terminal.waits };
}

describe('list', () => {
  it('shows a table', async () => {
    await addDeadLetters(2);

    const { code, stdout } = await run('list');

    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^ID {3}AGE +REASON +ATTEMPTS {2}REDRIVES {2}ORDER +ERROR$/),
      expect.stringMatching(/^0-1 {2}\d+d +exhausted {2}5 +0 +order-1 {2}fulfilment responded 500$/),
      expect.stringMatching(/^0-2 /),
      '2 dead letters',
      '',
    ]);
  });

  it('has what failed last first when it is asked to', async () => {
    await addDeadLetters(2);
    await deadLetters.add(aDeadLetter(3, { lastFailureAt: new Date('2025-01-15T09:31:00.000Z') }));

    const { stdout } = await run('list --sort newest');

    expect(stdout.match(/^0-\d/gm)).toEqual(['0-3', '0-1', '0-2']);
  });

  it('says when there are others, and when there are none', async () => {
    await addDeadLetters(2);

    const others = await run('list --limit 1');
    const none = await run('list --reason invalid --order x --older-than 1d');

    expect(others.stdout).toContain('1 dead letter; there are others: see --limit and the filters');
    expect(none).toEqual({ code: 0, stdout: 'no dead letters\n', stderr: '' });
  });

  it('prints JSON', async () => {
    await addDeadLetters(1);

    const { stdout } = await run('list --json');

    expect(JSON.parse(stdout)).toMatchObject({ deadLetters: [{ id: '0-1' }], more: false });
  });
});

describe('show', () => {
  it('shows one dead letter', async () => {
    await addDeadLetters(1);

    const [text, json] = [await run('show 0-1'), await run('show 0-1 --json')];

    expect(text.stdout).toContain('errorMessage    fulfilment responded 500');
    expect(JSON.parse(json.stdout)).toMatchObject({ id: '0-1', value: { text: '{"orderId":"order-1"}' } });
  });

  it('says when it is not there', async () => {
    expect(await run('show 0-9')).toEqual({
      code: 1,
      stdout: '',
      stderr: "There is no dead letter '0-9': it is redriven or discarded, or never was one.\n",
    });
  });
});

describe('redrive', () => {
  it('sends all back, in chunks, and says how far it is', async () => {
    await addDeadLetters(2_500);

    const { code, stdout, stderr } = await run('redrive --all');

    expect({ code, stdout }).toEqual({ code: 0, stdout: '2500 dead letters redriven\n' });
    expect(stderr).toBe('1000 of 2500 redriven\n2000 of 2500 redriven\n2500 of 2500 redriven\n');
    expect(publisher.messages).toHaveLength(2_500);
    expect(await waiting(deadLetters)).toEqual([]);
  });

  it('sends no more than asked for', async () => {
    await addDeadLetters(3);

    const { code, stdout } = await run('redrive --reason exhausted --limit 2');

    expect({ code, stdout }).toEqual({ code: 0, stdout: '2 dead letters redriven\n' });
    expect(await waiting(deadLetters)).toEqual(['3']);
  });

  it('leaves out what is dead-lettered after it began', async () => {
    await addDeadLetters(1_500);
    let seconds = 0;
    const ticking = await startApi({ deadLetters, now: () => new Date(NOW.getTime() + 1_000 * seconds++) });
    const list = jest.spyOn(deadLetters, 'list');

    await run(`redrive --all --url ${ticking.url}`);
    await ticking.close();

    expect(list.mock.calls.map(([{ before }]) => before)).toEqual([NOW, NOW, NOW]);
    expect(await waiting(deadLetters)).toEqual([]);
  });

  it('only counts when it is a dry run', async () => {
    await addDeadLetters(2);

    expect(await run('redrive --all --dry-run')).toEqual({
      code: 0,
      stdout: '2 dead letters to be redriven\n',
      stderr: '',
    });
    expect(publisher.messages).toHaveLength(0);
  });

  it('sends no more than a hundred at once when there is a rate', async () => {
    await addDeadLetters(250);

    const { stderr, waits } = await runHere('redrive --all --rate 1000');

    expect(stderr).toBe('100 of 250 redriven\n200 of 250 redriven\n250 of 250 redriven\n');
    expect(waits).toEqual([100, 100]);
  });

  it('draws a bar on a terminal and keeps the rate', async () => {
    await addDeadLetters(5);

    const { code, stderr, waits } = await runHere('redrive --all --rate 2', { isTTY: true });

    expect(code).toBe(0);
    expect(stderr).toContain(`[${'#'.repeat(30)}] 5 of 5 redriven`);
    expect(waits).toEqual([1_000, 1_000]);
  });

  it('says what it could not send, and ends with 1', async () => {
    await addDeadLetters(3);
    jest
      .spyOn(publisher, 'publish')
      .mockImplementation((message) =>
        message.headers['ce_type'] !== undefined && publisher.messages.length >= 1
          ? Promise.reject(new MessagePublishFailed('not-sent', 'secret'))
          : KeepingPublisher.prototype.publish.call(publisher, message),
      );

    expect(await run('redrive --all --json')).toEqual({
      code: 1,
      stdout:
        '{"wanted":3,"resolved":1,"remaining":2,"failure":"0-2: The broker is unavailable. Send the same again later."}\n',
      stderr: '1 of 3 redriven\n0-2: The broker is unavailable. Send the same again later.\n',
    });
  });

  it('goes on behind a message that is too large', async () => {
    await addDeadLetters(150);
    const publish = publisher.publish.bind(publisher);
    jest
      .spyOn(publisher, 'publish')
      .mockImplementation((message) =>
        new TextDecoder().decode(message.key as Uint8Array) === 'order-1'
          ? Promise.reject(new MessageTooLarge(2, 1))
          : publish(message),
      );

    const { code, stdout, stderr } = await run('redrive --all');

    expect({ code, stdout }).toEqual({ code: 1, stdout: '149 of 150 dead letters redriven\n' });
    expect(stderr).toContain('0-1: The message is larger than the broker allows.');
    expect(await waiting(deadLetters)).toEqual(['1']);
  });

  it('says what was done when the service fails in between', async () => {
    await addDeadLetters(1_500);
    const list = deadLetters.list.bind(deadLetters);
    const working = [true, true];
    jest.spyOn(deadLetters, 'list').mockImplementation(async (filter) => {
      if (working.pop() === undefined) throw new DeadLettersUnavailable('secret');
      return list(filter);
    });

    const { code, stdout, stderr } = await run('redrive --all');

    expect({ code, stdout }).toEqual({ code: 1, stdout: '1000 of 1500 dead letters redriven\n' });
    expect(stderr).toContain('The dead letters are unavailable.');
  });

  it('stops between two chunks at Ctrl-C, and says what was done', async () => {
    await addDeadLetters(180);

    const { code, stdout, stderr } = await run('redrive --all --rate 6', (interrupt) => interrupt());

    const done = publisher.messages.length;
    expect(code).toBe(1);
    expect(done).toBeLessThan(180);
    expect(stdout).toBe(`${done} of 180 dead letters redriven\n`);
    expect(stderr).toContain('stopped; what is left stays listed');
    expect(await waiting(deadLetters)).toHaveLength(180 - done);
  });
});

describe('discard', () => {
  beforeEach(() => addDeadLetters(2));

  it('discards with --yes', async () => {
    const { code, stdout } = await run('discard --reason exhausted --yes');

    expect({ code, stdout }).toEqual({ code: 0, stdout: '2 dead letters discarded\n' });
    expect(await waiting(deadLetters)).toEqual([]);
    expect(publisher.messages).toHaveLength(0);
  });

  it('does nothing without --yes where nobody can be asked', async () => {
    const { code, stderr } = await run('discard --all');

    expect(code).toBe(2);
    expect(stderr).toBe(
      'error: discard needs --yes where nobody can be asked\nSee: npm run dead-letters -- discard --help\n',
    );
    expect(await waiting(deadLetters)).toEqual(['1', '2']);
  });

  it('counts without --yes when it is a dry run', async () => {
    expect((await run('discard --all --dry-run')).stdout).toBe('2 dead letters to be discarded\n');
    expect(await waiting(deadLetters)).toEqual(['1', '2']);
  });

  it('asks on a terminal, and discards when it is told to', async () => {
    const { code, stdout, stderr } = await runHere('discard 0-1', { isTTY: true, typed: 'discard' });

    expect({ code, stdout }).toEqual({ code: 0, stdout: '1 dead letter discarded\n' });
    expect(stderr).toContain("Discard 1 dead letter, never to be processed? Type 'discard': ");
    expect(await waiting(deadLetters)).toEqual(['2']);
  });

  it.each(['y', '', undefined])('discards nothing when %j is typed', async (typed) => {
    const { code, stderr } = await runHere('discard --all', typed === undefined ? {} : { typed });

    expect(code).toBe(1);
    expect(stderr).toContain('nothing was discarded');
    expect(await waiting(deadLetters)).toEqual(['1', '2']);
  });

  it('asks nothing when nothing matches', async () => {
    expect(await runHere('discard --reason invalid')).toMatchObject({
      code: 0,
      stdout: '0 dead letters to be discarded\n',
      stderr: '',
    });
  });
});

describe('a service that does not serve operators', () => {
  /** Something at a URL that answers everything with `text`. */
  async function withOther<T>(status: number, text: string, work: (url: string) => Promise<T>): Promise<T> {
    const server = createServer((_request, response) => response.writeHead(status).end(text)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    try {
      return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  it('because it does not run, is told in one line', async () => {
    const [port] = await findFreePorts(1);

    expect(await run(`list --url http://127.0.0.1:${port}`)).toEqual({
      code: 1,
      stdout: '',
      stderr: `no service responds at http://127.0.0.1:${port}: start it, or say where it is with --url or ORDER_SERVICE_URL\n`,
    });
  });

  it('because its operations are off, is told in one line', async () => {
    const off = await startApi({ operations: false });
    try {
      const { code, stderr } = await run(`redrive --all --url ${off.url}`);

      expect(code).toBe(1);
      expect(stderr).toBe(
        `the service at ${off.url} does not serve operators: start it with OPERATIONS_API=on, or name another with --url\n`,
      );
    } finally {
      await off.close();
    }
  });

  it.each([
    [200, '<html>'],
    [502, 'bad gateway'],
    [404, '"not found"'],
    [404, '{"error":"not found"}'],
    [200, '{"ok":true}'],
  ])('because it is another one (%i %s), is told in one line', async (status, text) => {
    await withOther(status, text, async (url) => {
      expect(await run(`list --url ${url}`)).toEqual({
        code: 1,
        stdout: '',
        stderr: `${url} responded with ${status}, but not as an order service does: is the URL right?\n`,
      });
    });
  });

  it('because it has a bug, is told in one line', async () => {
    jest.spyOn(deadLetters, 'list').mockImplementation(() => {
      throw new TypeError('secret');
    });

    const { code, stderr } = await run('list');

    expect(code).toBe(1);
    expect(stderr).toMatch(/^The service failed; its log has more under the correlation id \S+\n$/);
  });
});
