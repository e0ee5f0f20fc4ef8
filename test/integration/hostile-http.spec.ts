import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { connect, type Socket } from 'node:net';
import type { ProblemDetails } from '../../src/interfaces/http/problems/problem-details.js';
import { KeepingPublisher, startApi, type Api, type ApiParts } from '../support/http-fixture.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

const SEND = '/api/Order/Send';
const ORDER = '{"product":"book"}';
const HOST = 'Host: service\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const LIVE = `GET /health/live HTTP/1.1\r\n${HOST}\r\n`;
const get = (rest: string) => `GET /health/live HTTP/1.1\r\n${rest}\r\n`;
const post = (headers: string, body = '', version = '1.1') =>
  `POST ${SEND} HTTP/${version}\r\n${HOST}${JSON_TYPE}${headers}\r\n${body}`;
const chunked = (body: string) => post('Transfer-Encoding: chunked\r\n', body);
const ofLength = (length: string, body = ORDER) => post(`Content-Length: ${length}\r\n`, body);
const WHOLE = `12\r\n${ORDER}\r\n0\r\n\r\n`;

const LIMITS = { headersTimeoutMs: 200, requestTimeoutMs: 400, keepAliveTimeoutMs: 300 };
/** So that none is ended before the last is opened. */
const UNHURRIED = { headersTimeoutMs: 1_000, requestTimeoutMs: 1_000 };
const SOON_MS = 5_000;

let api: Api;
let publisher: KeepingPublisher;
const start = async (parts: ApiParts = {}) => {
  publisher = new KeepingPublisher();
  api = await startApi({ publisher, ...parts, limits: { ...LIMITS, ...parts.limits } });
};
const restart = async (parts: ApiParts) => {
  await api.close();
  await start(parts);
};
beforeEach(() => start());
afterEach(() => api.close());

const open = () => connect(Number(new URL(api.url).port), '127.0.0.1').setEncoding('latin1');

/** All that the service writes until it ends the connection, however it does. */
async function receivedOn(socket: Socket): Promise<string> {
  let received = '';
  socket.on('data', (text) => (received += String(text)));
  await new Promise((resolve) => socket.once('close', resolve).once('error', resolve));
  return received;
}

function exchange(bytes: string): Promise<string> {
  const socket = open();
  socket.write(bytes, 'latin1');
  return receivedOn(socket);
}

/** Sends `bytes` now, and `more` again and again until the connection ends. */
async function drip(bytes: string, more: string): Promise<string> {
  const socket = open();
  socket.write(bytes);
  const dripping = setInterval(() => socket.write(more), 20);
  const received = await receivedOn(socket);
  clearInterval(dripping);
  return received;
}

const statusesIn = (received: string) =>
  [...received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
const problemIn = (received: string) =>
  JSON.parse(received.slice(received.lastIndexOf('\r\n\r\n'))) as ProblemDetails;

/** Asks again and again until `work` is done; every response must be a good one, and soon. Resolves with the slowest. */
async function othersAreServedDuring(work: Promise<unknown>): Promise<number> {
  let slowestMs = 0;
  const done = new AbortController();
  const ended = work.finally(() => done.abort());
  do {
    const startedAt = performance.now();
    const [live, sent] = await Promise.all([
      api.client.get('/health/live'),
      api.client.post(SEND, { product: 'book' }),
    ]);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    expect([live.status, sent.status]).toEqual([200, 202]);
  } while (!done.signal.aborted);
  await ended;
  return slowestMs;
}

const HOSTILE: [what: string, bytes: string, status: number][] = [
  ['nothing but line ends', '\r\n\r\n\r\n', 408],
  ['a greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['HTTP/0.9', 'GET /health/live\r\n\r\n', 400],
  ['HTTP/2.0 as text', `GET /health/live HTTP/2.0\r\n${HOST}\r\n`, 400],
  ['HTTP/3.0 as text', `GET /health/live HTTP/3.0\r\n${HOST}\r\n`, 400],
  ['an unknown method', `WISH /health/live HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['a method of 20,000 letters', `${'A'.repeat(20_000)} / HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['a path of 17,000 letters', `GET /${'a'.repeat(17_000)} HTTP/1.1\r\n${HOST}\r\n`, 431],
  ['a header of 1 MB', get(`${HOST}a: ${'x'.repeat(1_000_000)}\r\n`), 431],
  ['20,000 headers', get(`${HOST}${'a:b\r\n'.repeat(20_000)}`), 431],
  ['a NUL in a header', get(`${HOST}a: b\0c\r\n`), 400],
  ['a NUL in the path', `GET /health\0/live HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['lines that end with LF', 'GET /health/live HTTP/1.1\nHost: service\n\n', 400],
  ['lines that end with CR', 'GET /health/live HTTP/1.1\rHost: service\r\r', 400],
  ['two hosts', get(`${HOST}Host: other\r\n`), 400],
  ['a target that is no URL', `GET http://[service/health/live HTTP/1.1\r\n${HOST}\r\n`, 404],
  ['a target of another scheme', `GET ftp://service/health/live HTTP/1.1\r\n${HOST}\r\n`, 404],
  ['an asterisk as target', `GET * HTTP/1.1\r\n${HOST}\r\n`, 404],

  ['length and coding', post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', WHOLE), 400],
  ['coding and length', post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', WHOLE), 400],
  ['two lengths', post('Content-Length: 18\r\nContent-Length: 4\r\n', ORDER), 400],
  ['one length twice', post('Content-Length: 18\r\nContent-Length: 18\r\n', ORDER), 400],
  ['a list of lengths', ofLength('18, 18'), 400],
  ['a negative length', ofLength('-18'), 400],
  ['a length with a sign', ofLength('+18'), 400],
  ['a hexadecimal length', ofLength('0x12'), 400],
  ['a length of 23 digits', ofLength('9'.repeat(23)), 400],
  ['a space before the colon', post('Content-Length : 18\r\n', ORDER), 400],
  ['a folded coding', post('Transfer-Encoding:\r\n chunked\r\n', WHOLE), 400],
  ['an unknown coding', post('Transfer-Encoding: xchunked\r\n', WHOLE), 400],
  ['a coding after chunked', post('Transfer-Encoding: chunked, identity\r\n', WHOLE), 400],
  ['a coding before chunked', post('Transfer-Encoding: gzip, chunked\r\n', WHOLE), 400],
  ['chunked twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', WHOLE), 400],
  ['chunks in HTTP/1.0', post('Transfer-Encoding: chunked\r\n', WHOLE, '1.0'), 400],
  ['a negative chunk', chunked(`-1\r\n${ORDER}`), 400],
  ['a chunk of 17 digits', chunked(`${'f'.repeat(17)}\r\n${ORDER}`), 400],
  ['a chunk longer than its size', chunked(`2\r\n${ORDER}\r\n0\r\n\r\n`), 400],
  ['a length after the chunks', chunked(`12\r\n${ORDER}\r\n0\r\nContent-Length: 18\r\n\r\n`), 400],
  ['chunk extensions of 20,000 bytes', chunked(`12;${'a'.repeat(20_000)}\r\n`), 413],
  ['a body longer than its length allows', ofLength('1000000000000'), 413],
  ['a body shorter than its length', ofLength('19'), 408],
  ['a chunk shorter than its size', chunked(`ff\r\n${ORDER}`), 408],
];

describe('what no client of good will sends', () => {
  it.each(HOSTILE)(
    '%s gets a problem document that reveals nothing, and the connection ends',
    async (_what, bytes, status) => {
      const received = await exchange(bytes);

      expect(statusesIn(received)).toEqual([status]);
      expect(problemIn(received).status).toBe(status);
      expect(received).not.toMatch(/^(x-powered-by|server|via):|node_modules|express|\bat .*:\d+:\d+/im);
      expect(publisher.messages).toEqual([]);
    },
  );

  it.each([
    ['a wish for a tunnel', 'CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n'],
    ['a body longer than its length', ofLength('5')],
  ])('%s ends the connection', async (_what, bytes) => {
    expect(statusesIn(await exchange(bytes))).toEqual([]);
  });

  it('makes what follows on the connection ignored', async () => {
    expect(statusesIn(await exchange(get(`${HOST}Host: other\r\n`) + LIVE))).toEqual([400]);
  });

  it('all of it at once does not keep others waiting', async () => {
    const attacks = Array.from({ length: 10 }, () => HOSTILE.map(([, bytes]) => exchange(bytes))).flat();

    expect(await othersAreServedDuring(Promise.all(attacks))).toBeLessThan(SOON_MS);
  });
});

describe('headers of any bytes', () => {
  const value = fc.uint8Array({ maxLength: 300 }).map((bytes) =>
    Buffer.from(bytes)
      .toString('latin1')
      .replaceAll(/[\r\n]/g, ''),
  );

  it('are accepted or invalid, and what is passed on of them is well-formed', async () => {
    await fc.assert(
      fc.asyncProperty(value, value, value, async (correlationId, traceparent, key) => {
        const headers = [
          ...[`X-Correlation-Id: ${correlationId}`, `traceparent: ${traceparent}`, `Idempotency-Key: ${key}`],
          ...['Connection: close', `Content-Length: ${ORDER.length}`, ''],
        ].join('\r\n');
        const received = await exchange(post(headers, ORDER));

        expect([[202], [400]]).toContainEqual(statusesIn(received));
        expect(received).toMatch(/^x-correlation-id: [\x21-\x7e]{1,128}\r$/im);
        expect(publisher.messages.at(-1)?.headers['traceparent'] ?? '').toMatch(/^[0-9a-f-]{0,55}$/);
      }),
      {
        numRuns: 200,
        examples: [
          ['c', 'x', 'k'.repeat(255)],
          ['c', `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01`, '\xff\xfe'],
          ['c-1, c-2', '', ' '],
          ['\x7f', '\0', '\x01'],
          ['', '', ''],
        ],
      },
    );
  });
});

describe('a connection that takes its time', () => {
  const SLOW: [what: string, () => Promise<string>, statuses: number[]][] = [
    ['says nothing', () => exchange(''), [408]],
    ['sends its headers byte by byte', () => drip(`GET / HTTP/1.1\r\n${HOST}`, 'a'), [408]],
    ['sends header after header', () => drip(`GET / HTTP/1.1\r\n${HOST}`, 'a: b\r\n'), [408]],
    ['sends its body byte by byte', () => drip(ofLength('1000', '{'), ' '), [408]],
    ['sends chunks without end', () => drip(chunked(''), '1\r\n \r\n'), [408]],
    ['goes on sending what is too large', () => drip(ofLength('1000000', ''), 'x'.repeat(1_000)), [413]],
    [
      'goes on sending to nowhere',
      () => drip(`POST / HTTP/1.1\r\n${HOST}Content-Length: 99\r\n\r\n`, 'x'),
      [404],
    ],
    ['is idle after a response', () => exchange(LIVE), [200]],
    ['begins a second request and stops', () => exchange(`${LIVE}GET /`), [200, 408]],
  ];

  it.each(SLOW)('and %s is ended in time, with one response a request', async (_what, attack, statuses) => {
    const startedAt = performance.now();

    expect(statusesIn(await attack())).toEqual(statuses);
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
  });

  it('does not keep others waiting, not even 306 of them', async () => {
    const attacks = Array.from({ length: 34 }, () => SLOW.map(([, attack]) => attack())).flat();

    expect(await othersAreServedDuring(Promise.all(attacks))).toBeLessThan(SOON_MS);
  });

  it('and reads nothing is ended too', async () => {
    await restart({ limits: { maxConnections: 1, stallTimeoutMs: 300 } });
    const socket = open();
    socket.write(`GET /swagger/swagger-ui-bundle.js HTTP/1.1\r\n${HOST}\r\n`.repeat(20));
    socket.pause();
    await new Promise((resolve) => socket.once('readable', resolve));

    await waitFor('room for another', async () => (await api.client.get('/health/live')).status === 200);
    socket.destroy();
  });
});

describe('more connections than allowed', () => {
  const manyOpen = (count: number) => Array.from({ length: count }, open);
  const live = async () => (await api.client.get('/health/live')).status === 200;

  it('are closed at once, and there is room again when the idle ones are', async () => {
    await restart({ limits: { maxConnections: 20, ...UNHURRIED } });
    const statuses = await Promise.all(manyOpen(60).map(receivedOn));

    expect(statuses.filter((received) => received === '')).toHaveLength(40);
    await waitFor('room', live);
  });

  it('take the place of those that wait for nothing', async () => {
    await restart({ limits: { maxConnections: 20, keepAliveTimeoutMs: 60_000 } });
    const idle = manyOpen(20);
    await Promise.all(
      idle.map((socket) => {
        socket.write(LIVE);
        return new Promise((resolve) => socket.once('data', resolve));
      }),
    );

    await waitFor('room', live);
  });

  it('are not needed by a thousand that are idle', async () => {
    await restart({ limits: UNHURRIED });
    const idle = manyOpen(1_000).map(receivedOn);

    expect(await othersAreServedDuring(Promise.all(idle))).toBeLessThan(SOON_MS);
  });
});

describe('requests that do not wait for the response before', () => {
  it('get their responses in their order', async () => {
    const paths = Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? '/health/live' : '/nowhere'));
    const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`);

    const statuses = statusesIn(await exchange(requests.join('')));

    expect(statuses).toEqual(paths.map((path) => (path === '/nowhere' ? 404 : 200)));
  });

  it('lose their connection at the hundred and first', async () => {
    let waiting = 0;
    const publish = () => {
      waiting++;
      return new Promise<never>(() => undefined);
    };
    await restart({ publisher: { publish } });
    await exchange(ofLength('18').repeat(101));

    expect(waiting).toBeLessThanOrEqual(100);
    await waitFor('a response', async () => (await api.client.get('/health/live')).status === 200);
  });
});

it('a process that serves nothing but its health has the same limits', async () => {
  await restart({ serves: 'health', limits: { maxConnections: 30, ...UNHURRIED } });
  const attacks = [
    exchange(''),
    exchange(post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', WHOLE)),
  ];
  const received = await Promise.all([
    ...attacks,
    exchange(LIVE.repeat(101)),
    exchange(get(`Host: x\r\n${HOST}`)),
  ]);

  expect(received.map(statusesIn)).toEqual([[408], [400], [], [400]]);
  expect(
    (await Promise.all(Array.from({ length: 40 }, () => exchange('')))).filter((text) => text === ''),
  ).toHaveLength(10);
});
