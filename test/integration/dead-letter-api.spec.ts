import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetters,
} from '../../src/application/ports/dead-letters.js';
import { MessagePublishFailed, MessageTooLarge } from '../../src/application/ports/message-publisher.js';
import { DeliveryDeadLetters } from '../../src/infrastructure/delivery/delivery-dead-letters.js';
import type {
  DeadLetterList,
  DeadLetterView,
} from '../../src/interfaces/http/dead-letters/dead-letter-dtos.js';
import openApi from '../../src/interfaces/http/generated/swagger.json' with { type: 'json' };
import type { ProblemDetails } from '../../src/interfaces/http/problems/problem-details.js';
import { aDeadLetter, NOW, waiting } from '../support/a-dead-letter.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { InMemoryDeadLetterStore } from '../../packages/delivery/src/in-memory/in-memory-dead-letter-store.js';
import { responsesWithout, type HttpResponse, type Exchange } from '../support/http-client.js';
import { KeepingPublisher, startApi, type Api } from '../support/http-fixture.js';

const DEAD_LETTERS = '/api/DeadLetter';
const REDRIVE = `${DEAD_LETTERS}/Redrive`;
const DISCARD = `${DEAD_LETTERS}/Discard`;
const exchanges: Exchange[] = [];
let deadLetters: DeadLetters;
let publisher: KeepingPublisher;
let api: Api;

beforeEach(async () => {
  deadLetters = new DeliveryDeadLetters(new InMemoryDeadLetterStore());
  publisher = new KeepingPublisher();
  api = await startApi({ deadLetters, publisher, exchanges });
  for (const offset of [1, 2, 3]) await deadLetters.add(aDeadLetter(offset));
  await deadLetters.add(aDeadLetter(4, { reason: 'invalid', lastFailureAt: secondsAgo(5) }));
});
afterEach(() => api.close());

const secondsAgo = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);
const problemIn = (response: HttpResponse) => response.json as ProblemDetails;
const listIn = (response: HttpResponse) => response.json as DeadLetterList;
const idsIn = (response: HttpResponse) => listIn(response).deadLetters.map(({ id }) => id);
const unavailable = () => new DeadLettersUnavailable('secret');
const bytes = (...values: (number | string)[]) =>
  Buffer.concat(values.map((value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.of(value))));
const shown = (text: string) => ({ text, bytes: Buffer.byteLength(text) });
/** A dead letter whose message has these parts. */
const holding = (key: Uint8Array | null, value: Uint8Array | null, headers = {}) =>
  aDeadLetter(9, { message: { key, value, headers } });

describe('listing dead letters', () => {
  it('shows each, where it came from and why it is one', async () => {
    const response = await api.client.get(`${DEAD_LETTERS}?limit=1`);

    expect(response.json).toEqual({
      deadLetters: [
        {
          id: '0-1',
          topic: 'app.order.publish',
          partition: 0,
          offset: '1',
          sentAt: '2025-01-15T09:29:50.000Z',
          firstFailureAt: '2025-01-15T09:29:55.000Z',
          lastFailureAt: '2025-01-15T09:30:00.000Z',
          consumerGroup: 'app-consumer-group',
          replica: 'replica-1',
          attempts: 5,
          stage: 'handle',
          reason: 'exhausted',
          errorCode: 'FULFILMENT.FAILED',
          errorMessage: 'fulfilment responded 500',
          redriveCount: 0,
          key: shown('order-1'),
          value: shown('{"orderId":"order-1"}'),
          headers: { ce_type: shown('app.order.submitted.v1') },
        },
      ],
      more: true,
    });
  });

  it.each([
    ['', ['0-1', '0-2', '0-3', '0-4'], false],
    ['?reason=invalid', ['0-4'], false],
    ['?reason=conflicting', [], false],
    ['?orderId=order-2', ['0-2'], false],
    ['?orderId=order-2&reason=invalid', [], false],
    ['?olderThanSeconds=4', ['0-1', '0-2', '0-3', '0-4'], false],
    ['?olderThanSeconds=5', ['0-1', '0-2', '0-3'], false],
    ['?limit=3', ['0-1', '0-2', '0-3'], true],
    ['?sort=newest', ['0-4', '0-1', '0-2', '0-3'], false],
    ['?sort=newest&limit=2', ['0-4', '0-1'], true],
    ['?sort=message&limit=2', ['0-1', '0-2'], true],
    ['?limit=1000', ['0-1', '0-2', '0-3', '0-4'], false],
  ])('with %s shows %j', async (query, ids, more) => {
    const response = await api.client.get(DEAD_LETTERS + query);

    expect([idsIn(response), listIn(response).more]).toEqual([ids, more]);
  });

  it('shows 100 when nothing else is asked for', async () => {
    for (let offset = 5; offset <= 101; offset++) await deadLetters.add(aDeadLetter(offset));

    const response = await api.client.get(DEAD_LETTERS);

    expect([idsIn(response).length, listIn(response).more]).toEqual([100, true]);
  });

  it.each([
    ['reason=lost', 'reason', 'must be one of invalid, exhausted, conflicting'],
    ['orderId=', 'orderId', 'must not be empty'],
    ['olderThanSeconds=0', 'olderThanSeconds', 'whole number from 1'],
    ['olderThanSeconds=soon', 'olderThanSeconds', 'whole number from 1'],
    ['limit=0', 'limit', 'whole number from 1 to 1000'],
    ['limit=1001', 'limit', 'whole number from 1 to 1000'],
    ['limit=1.5', 'limit', 'whole number from 1 to 1000'],
    ['limit=1&limit=2', 'limit', 'whole number from 1 to 1000'],
    ['sort=oldest', 'sort', 'must be one of message, newest'],
    ['colour=red', 'colour', 'is not a field of this request'],
  ])('finds ?%s invalid and names it', async (query, field, why) => {
    const response = await api.client.get(`${DEAD_LETTERS}?${query}`);

    expect(response.status).toBe(400);
    expect(problemIn(response).errors).toEqual([
      { field, in: 'query', detail: expect.stringContaining(why) },
    ]);
  });

  it('shows bytes as text when they are UTF-8, and else as base64, the first 1024 of each', async () => {
    const long = 'x'.repeat(1_023);
    const headers = { text: bytes('😀'), binary: bytes(0xff), long: bytes(long, '€') };
    await deadLetters.add(holding(bytes('\ufeff', 0), bytes(0xff, 0xfe, long), headers));

    const deadLetter = listIn(await api.client.get(DEAD_LETTERS)).deadLetters.at(-1);

    const base64 = bytes(0xff, 0xfe, long.slice(1)).toString('base64');
    expect(deadLetter).toMatchObject({
      key: { text: '\ufeff\0', bytes: 4 },
      value: { base64, bytes: 1_025 },
      headers: {
        text: { text: '😀', bytes: 4 },
        binary: { base64: '/w==', bytes: 1 },
        long: { text: long, bytes: 1_026 },
      },
    });
  });

  it('shows neither key nor value when there is none', async () => {
    await deadLetters.add(holding(null, null));

    const deadLetter = listIn(await api.client.get(DEAD_LETTERS)).deadLetters.at(-1);

    expect(deadLetter).not.toHaveProperty('key');
    expect(deadLetter).not.toHaveProperty('value');
    expect(deadLetter?.headers).toEqual({});
  });
});

describe('showing a dead letter', () => {
  it('shows all of its bytes', async () => {
    const text = 'x'.repeat(100_000);
    await deadLetters.add(holding(null, bytes(text)));

    const deadLetter = (await api.client.get(`${DEAD_LETTERS}/0-9`)).json as DeadLetterView;

    expect(deadLetter).toMatchObject({ id: '0-9', value: { text, bytes: 100_000 } });
  });

  it('finds it by numbers, however they are written', async () => {
    expect((await api.client.get(`${DEAD_LETTERS}/00-01`)).json).toMatchObject({ id: '0-1' });
  });

  it.each(['0-99', '1-1', '0-9223372036854775807'])('says that there is none with the id %s', async (id) => {
    const response = await api.client.get(`${DEAD_LETTERS}/${id}`);

    expect(response.status).toBe(404);
    expect(problemIn(response).type).toBe('urn:problem:order-service:unknown-dead-letter');
    expect(problemIn(response).detail).toContain(`'${id}'`);
  });

  it.each(['1', '0-', '-1', '0-1-2', '0-x', `0-${'1'.repeat(20)}`])(
    'returns 400 for the id %s',
    async (id) => {
      const response = await api.client.get(`${DEAD_LETTERS}/${id}`);

      expect(response.status).toBe(400);
      expect(problemIn(response).errors).toMatchObject([{ field: 'id', in: 'path' }]);
    },
  );
});

describe.each([
  ['redriving', REDRIVE],
  ['discarding', DISCARD],
])('%s dead letters', (_what, path) => {
  const resolve = (body: unknown, headers?: Record<string, string>) => api.client.post(path, body, headers);

  it.each([
    [{ id: '0-2' }, ['1', '3', '4']],
    [{ reason: 'exhausted' }, ['4']],
    [{ orderId: 'order-3' }, ['1', '2', '4']],
    [{ olderThanSeconds: 5 }, ['4']],
    [{ before: secondsAgo(5) }, ['4']],
    [{ before: '2025-01-15T11:30:00+01:00', reason: 'invalid' }, ['1', '2', '3']],
    [{ before: '0048-09-18T10:17:14.4Z' }, ['1', '2', '3', '4']],
    [{ before: '0000-01-01T00:00:00+14:00' }, ['1', '2', '3', '4']],
    [{ before: secondsAgo(4), olderThanSeconds: 5 }, ['4']],
    [{ before: secondsAgo(5), olderThanSeconds: 1 }, ['4']],
    [{ reason: 'invalid', orderId: 'order-3' }, ['1', '2', '3', '4']],
    [{ all: true, reason: 'invalid' }, ['1', '2', '3']],
    [{ all: true }, []],
  ])('with %j leaves %j', async (body, left) => {
    const { status, json } = await resolve(body);

    expect(status).toBe(200);
    expect(json).toMatchObject({ matched: 4 - left.length, resolved: 4 - left.length, remaining: 0 });
    expect(await waiting(deadLetters)).toEqual(left);
  });

  it('resolves no more at once than is asked for, and says how to go on', async () => {
    const first = await resolve({ all: true, limit: 3 });
    await deadLetters.add(aDeadLetter(5, { lastFailureAt: new Date(NOW.getTime() + 1) }));
    const { before } = first.json as { before: string };
    const second = await resolve({ all: true, before });

    expect(first.json).toEqual({ matched: 4, resolved: 3, remaining: 1, before: NOW.toISOString() });
    expect(second.json).toEqual({ matched: 1, resolved: 1, remaining: 0, before });
    expect(await waiting(deadLetters)).toEqual(['5']);
  });

  it('leaves what is dead-lettered from now on, even when asked for', async () => {
    await deadLetters.add(aDeadLetter(5, { lastFailureAt: NOW }));

    await resolve({ before: new Date(NOW.getTime() + 1_000) });

    expect(await waiting(deadLetters)).toEqual(['5']);
  });

  it('only counts when it is a dry run', async () => {
    const response = await resolve({ reason: 'exhausted', dryRun: true });

    expect(response.json).toMatchObject({ matched: 3, resolved: 0, remaining: 3 });
    expect(await waiting(deadLetters)).toEqual(['1', '2', '3', '4']);
  });

  it.each([{}, { all: false }, { limit: 5 }, { dryRun: true, limit: 5 }])(
    'finds %j invalid, which would match everything, and says what to do',
    async (body) => {
      const response = await resolve(body);

      expect(response.status).toBe(400);
      expect(problemIn(response)).toMatchObject({
        type: 'urn:problem:order-service:invalid-request',
        errors: [
          { field: 'all', in: 'body', detail: expect.stringContaining('must be true when there is no') },
        ],
      });
      expect(await waiting(deadLetters)).toEqual(['1', '2', '3', '4']);
    },
  );

  it.each([
    [{ id: 'x' }, 'id', 'partition and offset'],
    [{ id: ['0-1'] }, 'id', 'invalid string'],
    [{ reason: 'lost' }, 'reason', 'must be one of invalid, exhausted, conflicting'],
    [{ orderId: '' }, 'orderId', 'must not be empty'],
    [{ olderThanSeconds: 0 }, 'olderThanSeconds', 'whole number'],
    [{ before: 'yesterday' }, 'before', 'must be a time such as'],
    [{ before: '2025-W01-1' }, 'before', 'must be a time such as'],
    [{ before: '2025-01-15T10:30:00' }, 'before', 'must be a time such as'],
    [{ before: '2025-02-30T10:30:00Z' }, 'before', 'must be a time such as'],
    [{ before: 1_736_937_000_000 }, 'before', 'must be a time such as'],
    [{ all: 'true' }, 'all', 'invalid boolean'],
    [{ all: true, limit: 0 }, 'limit', 'whole number from 1 to 1000'],
    [{ all: true, limit: 1_001 }, 'limit', 'whole number from 1 to 1000'],
    [{ all: true, dry: true }, 'dry', 'is not a field of this request'],
  ])('finds %j invalid', async (body, field, why) => {
    const response = await resolve(body);

    expect(response.status).toBe(400);
    expect(problemIn(response).errors).toEqual([{ field, in: 'body', detail: expect.stringContaining(why) }]);
    expect(await waiting(deadLetters)).toEqual(['1', '2', '3', '4']);
  });

  it.each([
    ['not JSON', '{', {}, 400],
    ['nothing', '', {}, 400],
    ['an array', '[]', {}, 400],
    ['text', '{"all":true}', { 'Content-Type': 'text/plain' }, 415],
    ['too large', `{"all":true${' '.repeat(65_536)}}`, {}, 413],
  ])('does nothing with a body that is %s', async (_body, body, headers, status) => {
    expect((await resolve(body, headers)).status).toBe(status);
    expect(await waiting(deadLetters)).toEqual(['1', '2', '3', '4']);
  });

  it('is logged with its correlation id', async () => {
    await resolve({ id: '0-2' }, { 'X-Correlation-Id': 'c-1' });

    expect(api.logLines).toMatchObject([
      {
        message: expect.stringMatching('^dead letter (redriven|discarded)$'),
        fields: { correlationId: 'c-1', offset: '2' },
      },
    ]);
  });

  it('starts nothing more when the client disconnects', async () => {
    const others = Array.from({ length: 999 }, (_, index) => aDeadLetter(100 + index));
    for (const each of others) await deadLetters.add(each);
    const list = deadLetters.list.bind(deadLetters);
    const resolveOne = deadLetters.resolve.bind(deadLetters);
    const client = new AbortController();
    const ended = new Promise<void>((end) => {
      jest.spyOn(deadLetters, 'list').mockImplementationOnce(async (filter) => {
        const found = await list(filter);
        return { ...found, deadLetters: until(found.deadLetters, end) };
      });
    });
    const closed = new Promise<void>((noticed) => {
      jest.spyOn(deadLetters, 'resolve').mockImplementation(async (origin, as) => {
        if (!client.signal.aborted) {
          client.abort();
          await api.close();
          await new Promise(setImmediate);
          await new Promise(setImmediate); // Node reports a closed connection at the end of a turn
          noticed();
        }
        await closed;
        await resolveOne(origin, as);
      });
    });
    const init = {
      headers: { 'Content-Type': 'application/json' },
      body: '{"all":true,"limit":1000}',
      signal: client.signal,
    };

    await expect(api.client.request('POST', path, init)).rejects.toThrow('aborted');
    await ended;

    // 500 were in flight
    await waitFor('the last to be resolved', async () => (await waiting(deadLetters)).length === 503);
  });
});

async function* until(deadLetters: AsyncIterable<DeadLetter>, ended: () => void): AsyncGenerator<DeadLetter> {
  try {
    yield* deadLetters;
  } finally {
    ended();
  }
}

describe('redriving', () => {
  it('says which message was not published, and why, and what was resolved until then', async () => {
    const cases: [Error, string][] = [
      [new MessagePublishFailed('not-sent', 'secret'), 'The broker is unavailable.'],
      [
        new MessagePublishFailed('not-sent', 'secret', { reason: 'overloaded' }),
        'The service has more messages than it can publish now.',
      ],
      [new MessagePublishFailed('unknown', 'secret'), 'The broker did not confirm the message.'],
      [new MessageTooLarge(2, 1), 'The message is larger than the broker allows.'],
    ];
    for (const [error, why] of cases) {
      const publish = jest.spyOn(publisher, 'publish').mockRejectedValueOnce(error);

      const response = await api.client.post(REDRIVE, { id: '0-1' });

      publish.mockRestore();
      expect(response.json).toMatchObject({
        matched: 1,
        resolved: 0,
        remaining: 1,
        failure: { id: '0-1', detail: expect.stringContaining(why) },
      });
      expect(response.text).not.toContain('secret');
    }
  });

  it('sends the original key, bytes and headers', async () => {
    await deadLetters.add(holding(null, bytes(0xff), { binary: bytes(0xfe) }));

    await api.client.post(REDRIVE, { id: '0-9' });

    expect(publisher.messages).toEqual([
      { key: null, value: bytes(0xff), headers: { binary: bytes(0xfe), 'x-redrive-count': '1' } },
    ]);
  });
});

describe.each([
  ['GET', DEAD_LETTERS, 'list'],
  ['GET', `${DEAD_LETTERS}/0-1`, 'list'],
  ['POST', REDRIVE, 'resolve'],
  ['POST', DISCARD, 'resolve'],
] as const)('%s %s', (method, path, step) => {
  const ask = () => (method === 'GET' ? api.client.get(path) : api.client.post(path, { all: true }));

  it('returns 503 when the dead letters are unavailable', async () => {
    jest.spyOn(deadLetters, step).mockImplementation(() => {
      throw unavailable();
    });

    const response = await ask();

    expect(response.status).toBe(503);
    expect(problemIn(response).type).toBe('urn:problem:order-service:dead-letters-unavailable');
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.text).not.toContain('secret');
  });

  it('returns 500 when there is a bug', async () => {
    jest.spyOn(deadLetters, step).mockImplementation(() => {
      throw new TypeError('secret');
    });

    const response = await ask();

    expect([response.status, response.text.includes('secret')]).toEqual([500, false]);
  });
});

describe('where the operations are off', () => {
  let without: Api;
  beforeEach(async () => {
    without = await startApi({ operations: false, deadLetters });
  });
  afterEach(() => without.close());

  it.each([
    ['GET', DEAD_LETTERS],
    ['GET', `${DEAD_LETTERS}/0-1`],
    ['OPTIONS', DEAD_LETTERS],
    ['POST', REDRIVE],
    ['POST', DISCARD],
  ])('there is nothing at %s %s', async (method, path) => {
    const response = await fetch(without.url + path, {
      method,
      ...(method === 'POST' ? { body: '{"all":true}', headers: { 'Content-Type': 'application/json' } } : {}),
    });

    expect([response.status, await response.json()]).toMatchObject([
      404,
      { type: 'urn:problem:order-service:unknown-path' },
    ]);
    expect(await waiting(deadLetters)).toEqual(['1', '2', '3', '4']);
  });

  it('the documentation does not show them', async () => {
    const [served, script] = await Promise.all(
      ['/swagger/swagger.json', '/swagger/swagger-ui-init.js'].map(async (path) =>
        (await fetch(without.url + path)).text(),
      ),
    );

    expect(Object.keys((JSON.parse(served ?? '') as typeof openApi).paths).sort()).toEqual([
      '/api/Live',
      '/api/Order/Import',
      '/api/Order/Send',
      '/api/Order/{orderId}',
      '/api/Order/{orderId}/Events',
      '/api/Replica/Start',
      '/api/Replica/{id}/{action}',
      '/health/live',
      '/health/ready',
      '/metrics',
    ]);
    expect(script).not.toContain('"/api/DeadLetter"');
  });
});

describe('the documentation', () => {
  it.each([
    [REDRIVE, openApi.paths[REDRIVE].post],
    [DISCARD, openApi.paths[DISCARD].post],
  ])('of %s has examples that work as they stand', async (path, { requestBody }) => {
    for (const { value } of Object.values(requestBody.content['application/json'].examples)) {
      expect((await api.client.post(path, value)).status).toBe(200);
    }
  });

  it('describes no response that did not occur', () => {
    expect(responsesWithout(exchanges, (path) => path.startsWith(DEAD_LETTERS))).toEqual([]);
  });
});
