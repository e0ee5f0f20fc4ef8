import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { run } from '../../../../src/interfaces/cli/program.js';
import { FakeTerminal } from '../../../support/fake-terminal.js';

const URL = 'http://localhost:5000';
const LETTERS = '/api/DeadLetter';
const before = '2025-01-15T10:30:00.000Z';

let requests: { url: string; body?: unknown }[];
let environment: NodeJS.ProcessEnv;

beforeEach(() => {
  requests = [];
  environment = { ...process.env };
  delete process.env['ORDER_SERVICE_URL'];
  jest.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
    const body = init?.body as string | undefined;
    requests.push({ url: url as string, ...(body !== undefined && { body: JSON.parse(body) as unknown }) });
    const outcome = { matched: 1, resolved: 1, remaining: 0, before };
    const answer = { ...outcome, deadLetters: [], more: false, headers: {} };
    return Promise.resolve(new Response(JSON.stringify(answer), { headers: { 'x-correlation-id': 'c-1' } }));
  });
});
afterEach(() => {
  process.env = environment;
  jest.restoreAllMocks();
});

async function type(line: string) {
  const terminal = new FakeTerminal();
  await run(line.split(' '), terminal);
  return terminal.result;
}

describe('the options', () => {
  it.each([
    ['list', '?limit=100'],
    ['list --json --limit 1000', '?limit=1000'],
    ['list --sort newest', '?limit=100&sort=newest'],
    [
      'list --reason invalid --order order-1 --older-than 2h',
      '?reason=invalid&orderId=order-1&olderThanSeconds=7200&limit=100',
    ],
    ['show 3-42', '/3-42'],
    ['show --id 3-42', '/3-42'],
  ])('%s asks for %s', async (line, path) => {
    expect((await type(`dead-letters ${line}`)).code).toBe(0);
    expect(requests).toEqual([{ url: `${URL}${LETTERS}${path}` }]);
  });

  it.each([
    ['redrive --all', 'Redrive', { all: true }],
    ['redrive 3-42', 'Redrive', { id: '3-42' }],
    ['redrive --order=order-1 --json', 'Redrive', { orderId: 'order-1' }],
    ['redrive --reason exhausted --limit 5000 --rate 100', 'Redrive', { reason: 'exhausted' }],
    ['discard --id 3-42 --yes', 'Discard', { id: '3-42' }],
  ])('%s sends %s of %j, counted before', async (line, path, selection) => {
    expect((await type(`dead-letters ${line}`)).code).toBe(0);
    const url = `${URL}${LETTERS}/${path}`;
    expect(requests).toEqual([
      { url, body: { ...selection, dryRun: true } },
      { url, body: { ...selection, before, limit: 1 } },
    ]);
  });

  it.each(['redrive --all --dry-run', 'discard --all --dry-run'])('%s only counts', async (line) => {
    await type(`dead-letters ${line}`);

    expect(requests.map(({ body }) => body)).toEqual([{ all: true, dryRun: true }]);
  });

  it.each([
    ['90s', 90],
    ['10m', 600],
    ['2h', 7_200],
    ['1d', 86_400],
  ])('--older-than %s is %i seconds', async (age, olderThanSeconds) => {
    await type(`dead-letters redrive --older-than ${age}`);

    expect(requests[0]?.body).toEqual({ olderThanSeconds, dryRun: true });
  });

  it.each([
    ['list', undefined, URL],
    ['list', '', URL],
    ['list', 'https://orders.example/', 'https://orders.example'],
    ['list --url http://other:1', 'https://orders.example', 'http://other:1'],
  ])('%s with ORDER_SERVICE_URL=%s asks %s', async (line, serviceUrl, url) => {
    if (serviceUrl !== undefined) process.env['ORDER_SERVICE_URL'] = serviceUrl;

    await type(`dead-letters ${line}`);

    expect(requests[0]?.url).toBe(`${url}${LETTERS}?limit=100`);
  });

  it.each([
    ['dead-letters remove', "unknown command 'remove'"],
    ['dead-letters constructor', "unknown command 'constructor'"],
    ['orders export', "unknown command 'export'"],
    ['dead-letters list --colour red', "unknown option '--colour'"],
    ['dead-letters list --reason', "option '--reason <reason>' argument missing"],
    ['dead-letters list --all', "unknown option '--all'"],
    ['dead-letters show 3-42 --reason invalid', "unknown option '--reason'"],
    ['dead-letters redrive --all --yes', "unknown option '--yes'"],
    ['dead-letters list 3-42', "too many arguments for 'list'. Expected 0 arguments but got 1."],
    ['dead-letters show', 'say which dead letter, such as 3-42'],
    ['dead-letters show 3-42 3-43', "too many arguments for 'show'. Expected 1 argument but got 2."],
    ['dead-letters show 3-42 --id 3-43', 'one dead letter at a time, not 3-42 and --id 3-43'],
    [
      'dead-letters redrive',
      'say which dead letters: --reason, --order, --older-than, --id, or --all for all of them',
    ],
    [
      'dead-letters discard --yes',
      'say which dead letters: --reason, --order, --older-than, --id, or --all for all of them',
    ],
    ['orders send', "missing required argument 'order'"],
    ['orders send {} {}', "too many arguments for 'send'. Expected 1 argument but got 2."],
    ['orders status', "missing required argument 'order'"],
    ['orders status a --offset 1', '--partition and --offset go together'],
    ['orders status a --partition 1', '--partition and --offset go together'],
    ['orders import', "missing required argument 'file'"],
    ['orders import a b', "too many arguments for 'import'. Expected 1 argument but got 2."],
    ['orders import a --fast', "unknown option '--fast'"],
  ])('%s is not understood', async (line, why) => {
    const { code, stdout, stderr } = await type(line);

    const [first, ...others] = stderr.split('\n');
    expect([code, stdout, first]).toEqual([2, '', `error: ${why}`]);
    expect(others.join('\n')).toMatch(/^(\(Did you mean .+\?\)\n)?See: npm run \S+ -- (\w+ )?--help\n$/);
    expect(requests).toEqual([]);
  });

  it.each([
    [
      'dead-letters list --reason lost',
      '--reason <reason>',
      'Allowed choices are invalid, exhausted, conflicting.',
    ],
    ['dead-letters list --order=', '--order <id>', 'It must not be empty.'],
    ['dead-letters list --limit 1001', '--limit <n>', 'It must be a whole number from 1 to 1000.'],
    ['dead-letters list --limit 0', '--limit <n>', 'It must be a whole number from 1 to 1000.'],
    ['dead-letters redrive --limit 1e3', '--limit <n>', 'It must be a whole number from 1 to 999999999.'],
    ['dead-letters redrive --rate 0', '--rate <n>', 'It must be a whole number from 1 to 999999999.'],
    [
      'dead-letters list --older-than 10',
      '--older-than <age>',
      'It must be an age such as 90s, 10m, 2h or 1d.',
    ],
    [
      'dead-letters list --older-than 0m',
      '--older-than <age>',
      'It must be an age such as 90s, 10m, 2h or 1d.',
    ],
    ['dead-letters redrive --id 42', '--id <id>', 'It must be a partition and an offset, such as 3-42.'],
    ['dead-letters list --url orders', '--url <url>', `It must be the URL of a service, such as ${URL}.`],
    ['orders import a --url ftp://x', '--url <url>', `It must be the URL of a service, such as ${URL}.`],
    [
      `orders import a --import-key ${'k'.repeat(241)}`,
      '--import-key <key>',
      'It must be 1 to 240 visible ASCII characters.',
    ],
    ['orders send {} --wait 3601', '--wait [seconds]', 'It must be a whole number from 1 to 3600.'],
    ['orders status a --offset 1x', '--offset <n>', 'It must be a whole number of 19 digits at most.'],
    ['orders import a --import-key é', '--import-key <key>', 'It must be 1 to 240 visible ASCII characters.'],
  ])('%s names the option, its value and what it must be', async (line, option, rule) => {
    const { code, stderr } = await type(line);

    const value = line.split(/[ =]/).at(-1);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `error: option '${option}' argument '${value}' is invalid. ${rule}\nSee: npm run `,
    );
    expect(requests).toEqual([]);
  });

  it('names the argument that is no id', async () => {
    expect((await type('dead-letters show 42')).stderr).toContain(
      "error: command-argument value '42' is invalid for argument 'id'. It must be a partition and an offset, such as 3-42.\n",
    );
  });

  it.each(['tea', '[]', 'null', '{'])('says that %s is no order', async (order) => {
    expect((await type(`orders send ${order}`)).stderr).toContain(
      `error: command-argument value '${order}' is invalid for argument 'order'. It must be a JSON object.\n`,
    );
  });

  it.each(['a/b+c', 'shop/..', '..', '/api/Order/a?offset=1'])(
    'says that %s names no order',
    async (order) => {
      expect((await type(`orders status ${order}`)).stderr).toContain(
        `error: command-argument value '${order}' is invalid for argument 'order'. It must be an id, such as order-1001`,
      );
    },
  );

  it('names the environment variable that is no URL', async () => {
    process.env['ORDER_SERVICE_URL'] = 'orders';

    const { code, stderr } = await type('dead-letters list');

    expect(code).toBe(2);
    expect(stderr).toContain("value 'orders' from env 'ORDER_SERVICE_URL' is invalid. It must be the URL");
  });
});

describe('the help', () => {
  it.each([
    ['dead-letters', ''],
    ['dead-letters', 'list '],
    ['dead-letters', 'show '],
    ['dead-letters', 'redrive '],
    ['dead-letters', 'discard '],
    ['orders', ''],
    ['orders', 'import '],
    ['orders', 'send '],
    ['orders', 'status '],
  ])('of %s %shas the usage and the exit codes', async (script, command) => {
    const { code, stdout, stderr } = await type(`${script} ${command}--help`);

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Usage: npm run ${script} -- ${command}[options]`);
    expect(stdout).toContain('2  the command was not understood');
    for (const each of stdout.split('\n')) expect(each.length).toBeLessThanOrEqual(120);
  });

  it.each(['list', 'show', 'redrive', 'discard'])('of %s has examples', async (command) => {
    const { stdout } = await type(`dead-letters ${command} --help`);

    expect(stdout).toContain(`Examples:\n  npm run dead-letters -- ${command}`);
  });

  it.each(['dead-letters', 'orders'])(
    'is printed as an error when %s is not told what to do',
    async (script) => {
      const terminal = new FakeTerminal();

      await run([script], terminal);

      const { code, stdout, stderr } = terminal.result;
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(`Usage: npm run ${script} -- [options] [command]`);
    },
  );

  it('is no answer to a script that is not there', async () => {
    expect(await type('letters list')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: say what: dead-letters or orders\n',
    });
  });

  it.each(['dead-letters', 'orders'])('has the version: %s', async (script) => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

    expect(await type(`${script} --version`)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
