import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Writable } from 'node:stream';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import { createContainer } from '../../src/bootstrap/container.js';
import { TOKENS } from '../../src/bootstrap/tokens.js';
import { WinstonLogger } from '../../src/infrastructure/logging/winston-logger.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** No line above debug may have it. */
const CONTENT = 'canary';
const utf8 = new TextEncoder();

/** Lines about the process or a replica, not about a request or a delivery. */
const OF_THE_PROCESS = ['partitions assigned', 'offsets committed', 'reading paused', 'reading resumed'];

/** A service in this process, and the lines of its log. */
async function started(format: 'json' | 'pretty') {
  let log = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      log += String(chunk);
      done();
    },
  });
  const logger = WinstonLogger.create({ level: 'debug', format, stream });
  const config = loadConfig({
    PORT: '0',
    REPLICAS: '1',
    REPLICA_ID: 'here',
    FULFILMENT_DELAY_MS: '0',
    HANDLER_TIMEOUT_MS: '100',
    RETRY_MAX_ATTEMPTS: '2',
    RETRY_INITIAL_MS: '1',
    RETRY_MAX_MS: '1',
  });
  const container = createContainer(config, logger, (error) => logger.error('it ended', { error }));
  const service = container.get(TOKENS.service);
  const url = `http://127.0.0.1:${await service.listen()}`;
  await service.start();
  const post = (path: string, body: string, type = 'application/json') => {
    const headers = { 'Content-Type': type, 'X-Correlation-Id': `c-${path}` };
    return fetch(`${url}${path}`, { method: 'POST', headers, body }).then((response) => response.text());
  };
  const lines = () => log.trimEnd().split('\n');
  return {
    lines,
    json: () => lines().map((line) => JSON.parse(line) as Line),
    send: (orderId: string, product: string) => post('/api/Order/Send', JSON.stringify({ orderId, product })),
    post,
    publish: (key: string, value: string) =>
      container.get(TOKENS.messaging).publisher.publish({
        key: utf8.encode(key),
        value: utf8.encode(value),
        headers: {
          ce_type: utf8.encode('app.order.submitted.v1'),
          'x-correlation-id': utf8.encode(`c-${key}`),
        },
      }),
    stop: () => service.stop(),
  };
}

/** Everything that a client, a producer and an operator can do, well and badly; each with `CONTENT` in it. */
async function useEverything(service: Awaited<ReturnType<typeof started>>): Promise<void> {
  await service.send('good', CONTENT);
  await service.send('good', `another ${CONTENT}`);
  await service.send('rejected', 'reject');
  await service.send('bad', 'fail');
  await service.send('slow', 'slow-300');
  await service.send('', CONTENT);
  await service.post('/api/Order/Send', `{"orderId":"x","product":"${CONTENT}`);
  await service.post('/api/Order/Import', `{"product":"${CONTENT}"}\n${CONTENT}\n`, 'application/x-ndjson');
  await service.publish('not-json', `${CONTENT} and no JSON`);
  await service.publish('almost-json', `{"product":"${CONTENT}" "quantity":1}`);
  await service.publish('invalid', `{"orderId":"invalid","product":"${CONTENT.repeat(100)}","quantity":1}`);
  await waitFor('five dead letters', () => count(service, 'order dead-lettered') === 6);
  await service.post('/api/DeadLetter/Redrive', '{"all":true}');
  await service.post('/api/DeadLetter/Discard', '{"all":true}');
  await waitFor('the import', () => count(service, 'orders imported') === 1);
}

const count = (service: Awaited<ReturnType<typeof started>>, message: string) =>
  service.lines().filter((line) => line.includes(message)).length;

let service: Awaited<ReturnType<typeof started>>;
afterEach(() => service.stop());

describe('the log of a service that is used in every way', () => {
  beforeEach(async () => {
    service = await started('json');
    await useEverything(service);
  });

  it('has the correlation id on each line of a request and of a delivery', () => {
    const without = service
      .json()
      .filter(
        ({ correlationId, message }) => correlationId === undefined && !OF_THE_PROCESS.includes(message),
      );

    expect(without).toEqual([]);
  });

  it('has lines of both, at each level', () => {
    const messages = new Set(service.json().map(({ level, message }) => `${level}: ${message}`));

    expect([...messages]).toEqual(
      expect.arrayContaining([
        'debug: responded',
        'debug: attempt started',
        'info: order accepted',
        'info: order processed',
        'warn: order failed',
        'warn: an attempt is overdue and was aborted',
        'error: order dead-lettered',
      ]),
    );
  });

  it('shows nothing of what is in an order above debug', () => {
    const showing = service
      .json()
      .filter((line) => line.level !== 'debug' && JSON.stringify(line).includes(CONTENT));

    expect(showing).toEqual([]);
  });
});

it('shows nothing of what is in an order above debug in the pretty form either', async () => {
  service = await started('pretty');
  await useEverything(service);
  const showing = service.lines().filter((line) => !line.includes('debug') && line.includes(CONTENT));

  expect(showing).toEqual([]);
});
