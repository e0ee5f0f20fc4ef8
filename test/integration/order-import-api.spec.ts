import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { MessagePublishFailed, type EncodedMessage } from '../../src/application/ports/message-publisher.js';
import { responsesWithout, type Exchange } from '../support/http-client.js';
import { KeepingPublisher, startApi, type Api, type ApiParts } from '../support/http-fixture.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

const IMPORT = '/api/Order/Import';
const NDJSON = { 'Content-Type': 'application/x-ndjson' };
const exchanges: Exchange[] = [];

interface ImportLine {
  readonly line?: number;
  readonly problem?: { readonly type: string; readonly detail: string };
  readonly summary?: Record<string, unknown>;
}

/** Holds every message until it is released. */
class HoldingPublisher extends KeepingPublisher {
  private open = (): void => undefined;
  private readonly opened = new Promise<void>((resolve) => (this.open = resolve));

  override async publish(message: EncodedMessage) {
    this.messages.push(message);
    await this.opened;
    return { topic: 'app.order.publish', partition: 0, offset: '0' };
  }

  release(): void {
    this.open();
  }
}

let publisher: KeepingPublisher;
let opened: Api[] = [];

async function api(parts: ApiParts = {}): Promise<Api> {
  const other = await startApi({ publisher, exchanges, ...parts });
  opened.push(other);
  return other;
}

beforeEach(() => {
  publisher = new KeepingPublisher();
});
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  opened = [];
});

const parsed = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ImportLine);
const body = (...lines: unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const keys = () => publisher.messages.map(({ key }) => key);

async function importInto({ client }: Api, text: string, path = IMPORT, headers = {}): Promise<ImportLine[]> {
  const response = await client.post(path, text, { ...NDJSON, ...headers });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  return parsed(response.text);
}

/** An import that is sent piece by piece; `lines` is the body of its response. */
function open({ url }: Api) {
  const request = httpRequest(url + IMPORT, { method: 'POST', headers: NDJSON });
  request.flushHeaders();
  const response = once(request, 'response').then(([message]) => message as IncomingMessage);
  const lines = response.then(async (message) => {
    let text = '';
    for await (const chunk of message.setEncoding('utf8')) text += String(chunk);
    return parsed(text);
  });
  return { request, response, lines };
}

describe('an import', () => {
  it('publishes each order, and sums up', async () => {
    const lines = await importInto(
      await api(),
      body({ orderId: 'a', product: 'tea' }, { orderId: 'b', product: 'tea', quantity: 2 }),
    );

    expect(lines).toEqual([
      { summary: { accepted: 2, invalid: 0, complete: true, idempotencyKey: expect.any(String) as unknown } },
    ]);
    expect(keys()).toEqual(['a', 'b']);
  });

  it('is logged in one line, with its correlation id', async () => {
    const service = await api();
    await importInto(service, body({ product: 'tea' }), IMPORT, { 'X-Correlation-Id': 'c-1' });

    expect(service.logLines).toMatchObject([
      { message: 'orders imported', fields: { accepted: 1, invalid: 0, correlationId: 'c-1' } },
    ]);
  });

  it('names the lines that are not valid, each with its number and reason, and accepts the others', async () => {
    const sent = [
      '{"orderId":"a","product":"tea"}',
      '{"orderId":"b"}',
      'not JSON',
      '',
      '["product"]',
      '{"product":"tea","colour":"red"}',
      '{"product":"","quantity":0}',
      '{"orderId":7,"product":7,"quantity":"7"}',
      '{"orderId":"..","product":"tea"}',
      `{"product":"${'x'.repeat(70_000)}"}`,
      '{"orderId":"z","product":"tea"}',
    ];
    const lines = await importInto(await api(), sent.join('\n'));

    expect(
      lines
        .toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity))
        .map(({ line, problem }) => [line, problem?.type.split(':').at(-1), problem?.detail]),
    ).toEqual([
      [2, 'invalid-request', 'product is required'],
      [3, 'malformed-request', 'The line is not JSON in UTF-8.'],
      [5, 'malformed-request', 'The line is not a JSON object.'],
      [6, 'invalid-request', 'colour is not a field of this request'],
      [7, 'invalid-request', 'product must not be empty'],
      [
        8,
        'invalid-request',
        'orderId must be a string; product must be a string; quantity must be a whole number from 1 to 1000000',
      ],
      [9, 'invalid-request', "orderId must not be '..'"],
      [10, 'payload-too-large', 'A line must have at most 65536 bytes.'],
      [undefined, undefined, undefined],
    ]);
    expect(lines.at(-1)?.summary).toMatchObject({ accepted: 2, invalid: 8, complete: true });
    expect(keys()).toEqual(['a', 'z']);
  });

  it('gives an order without an id one of the key and the number of its line, wherever it goes on', async () => {
    const service = await api();
    const key = { 'Idempotency-Key': 'file-1' };
    await importInto(service, body({ product: 'tea' }, { product: 'tea' }), IMPORT, key);
    const [first, second] = keys();

    await importInto(service, body({ product: 'tea' }), `${IMPORT}?firstLine=2`, key);
    await importInto(service, body({ product: 'tea' }), IMPORT, { 'Idempotency-Key': 'file-2' });
    const [again, other] = keys().slice(2);

    expect(first).not.toBe(second);
    expect(again).toBe(second);
    expect([first, second]).not.toContain(other);
  });

  it('without a key gets one at once; sent again with it, it is the same import', async () => {
    const service = await api();
    const { request, lines, response } = open(service);
    const key = (await response).headers['idempotency-key']; // nothing of the body was sent until now
    request.end(body({ product: 'tea' }, { product: 'tea' }));
    expect((await lines).at(-1)?.summary).toMatchObject({ accepted: 2, idempotencyKey: key });

    const again = await importInto(service, body({ product: 'tea' }), `${IMPORT}?firstLine=2`, {
      'Idempotency-Key': String(key),
    });

    expect(again.at(-1)?.summary).toMatchObject({ accepted: 1, idempotencyKey: key });
    const [first, second, secondAgain] = keys();
    expect(secondAgain).toBe(second);
    expect(first).not.toBe(second);
  });

  it('uses the key of the client', async () => {
    const headers = { ...NDJSON, 'Idempotency-Key': 'file-1' };
    const { text, headers: given } = await (
      await api()
    ).client.post(IMPORT, body({ product: 'tea' }), headers);

    expect(given.get('idempotency-key')).toBe('file-1');
    expect(parsed(text).at(-1)?.summary).toMatchObject({ idempotencyKey: 'file-1' });
  });

  it('names the first 1,000 invalid lines, and counts the others', async () => {
    const lines = await importInto(await api(), 'no\n'.repeat(1_500));

    expect(lines).toHaveLength(1_001);
    expect(lines.at(-1)?.summary).toMatchObject({ accepted: 0, invalid: 1_500, complete: true });
  });

  it.each([
    ['another content type', { 'Content-Type': 'application/json' }, IMPORT, 415],
    ['a coding', { 'Content-Encoding': 'gzip' }, IMPORT, 415],
    ['a key of 241 characters', { 'Idempotency-Key': 'k'.repeat(241) }, IMPORT, 400],
    ['a first line 0', {}, `${IMPORT}?firstLine=0`, 400],
  ])('is not accepted with %s', async (_what, headers, path, status) => {
    const response = await (
      await api()
    ).client.post(path, body({ product: 'tea' }), { ...NDJSON, ...headers });

    expect(response.status).toBe(status);
    expect(keys()).toEqual([]);
  });

  it('ends where publishing is not confirmed, and says at which line to go on', async () => {
    let sent = 0;
    const failing = {
      publish: (message: EncodedMessage) =>
        ++sent < 3
          ? publisher.publish(message)
          : Promise.reject(new MessagePublishFailed('not-sent', 'unavailable')),
    };
    const service = await api({ publisher: failing, importedInFlight: 1 });
    const orders = Array.from({ length: 10 }, (_, n) => ({ orderId: `o-${n}`, product: 'tea' }));

    const [line] = await importInto(service, body(...orders));

    expect(line?.summary).toMatchObject({ accepted: 2, invalid: 0, complete: false, resumeAtLine: 3 });
    expect(line?.summary?.['problem']).toMatchObject({
      type: 'urn:problem:order-service:broker-unavailable',
      detail: `The broker is unavailable. Send the lines from 3 on again, with firstLine=3 and the Idempotency-Key '${String(line?.summary?.['idempotencyKey'])}': none is doubled.`,
    });
  });

  it('that ends early has a response though its client still sends', async () => {
    const failing = { publish: () => Promise.reject(new MessagePublishFailed('unknown', 'no response')) };
    const { request, lines } = open(await api({ publisher: failing }));
    const more = setInterval(() => request.write(body({ product: 'tea' })), 5);
    request.on('error', () => undefined);

    const [last] = await lines;
    clearInterval(more);
    request.destroy();

    expect(last?.summary).toMatchObject({ accepted: 0, complete: false, resumeAtLine: 1 });
  });

  it('is read to its end when the client reads the response only then', async () => {
    const { request, lines } = open(await api());
    const invalid = `${JSON.stringify({ product: '' })}\n`;
    for (let megabytes = 0; megabytes < 3; megabytes++) {
      if (!request.write(invalid.repeat(65_536))) await once(request, 'drain');
    }
    request.end();

    expect((await lines).at(-1)?.summary).toMatchObject({ accepted: 0, invalid: 196_608, complete: true });
  });

  it('has a bounded number of orders in flight, and reads no more while none is published', async () => {
    const holding = new HoldingPublisher();
    const { request, lines } = open(await api({ publisher: holding, importedInFlight: 50 }));
    const block = body(...Array.from({ length: 10_000 }, () => ({ product: 'x'.repeat(100) })));
    let blocks = 1;
    // until the sockets are full too
    while (request.write(block) || request.writableLength < 10 * block.length) {
      if (++blocks > 100) break;
    }
    await waitFor('orders in flight', () => holding.messages.length === 50);
    const unread = request.writableLength;
    expect(unread).toBeGreaterThan(0);

    holding.release();
    request.end();

    expect((await lines).at(-1)?.summary).toMatchObject({
      ...{ accepted: blocks * 10_000, invalid: 0, complete: true },
    });
  });

  it('gives others a turn of the event loop after some lines', async () => {
    const lineCounts = [0];
    const counting = {
      publish: (message: EncodedMessage) => {
        lineCounts[0] = (lineCounts[0] ?? 0) + 1;
        return publisher.publish(message);
      },
    };
    let isOver = false;
    const turn = () => {
      if (lineCounts[0] !== 0) lineCounts.unshift(0);
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);

    const lines = await importInto(
      await api({ publisher: counting }),
      body(...Array.from({ length: 5_000 }, () => ({ product: 'tea' }))),
    );
    isOver = true;

    expect(lines.at(-1)?.summary).toMatchObject({ accepted: 5_000 });
    expect(Math.max(...lineCounts)).toBeLessThanOrEqual(100);
  });

  it('whose client disconnects ends, and others are served', async () => {
    const service = await api();
    const { request, lines } = open(service);
    const aborted = expect(lines).rejects.toThrow('aborted');
    request.write(`${body({ orderId: 'a', product: 'tea' })}{"orderId":"b"`);
    await waitFor('the first order', () => keys().length === 1);

    request.destroy();

    await aborted;
    await waitFor('the end', () => service.logLines.some(({ message }) => message === 'import aborted'));
    expect(keys()).toEqual(['a']);
    expect((await service.client.post('/api/Order/Send', { product: 'tea' })).status).toBe(202);
  });

  it('may take longer than other requests', async () => {
    const service = await api({ limits: { requestTimeoutMs: 50 } });
    const { request, lines } = open(service);
    request.write(body({ orderId: 'a', product: 'tea' }));
    const overdue = await service.client.raw(
      'POST /api/Order/Send HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    );
    expect(overdue.status).toBe(408);

    request.end(body({ orderId: 'b', product: 'tea' }));

    expect(await lines).toMatchObject([{ summary: { accepted: 2, invalid: 0, complete: true } }]);
  });

  it('has every response that is documented', () => {
    expect(responsesWithout(exchanges, (path) => path === IMPORT)).toEqual([]);
  });
});
