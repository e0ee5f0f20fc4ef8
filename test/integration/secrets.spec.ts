import { afterEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import { InvalidConfig } from '../../src/bootstrap/config/environment.js';
import { createContainer } from '../../src/bootstrap/container.js';
import { NO_TELEMETRY, startTelemetry } from '../../src/bootstrap/start-telemetry.js';
import { TOKENS } from '../../src/bootstrap/tokens.js';
import type { LogFormat } from '../../src/infrastructure/logging/log-format.js';
import { WinstonLogger } from '../../src/infrastructure/logging/winston-logger.js';
import { newApiKey } from '../../src/infrastructure/access/api-key-list.js';
import { FulfilmentServer } from '../support/fulfilment-server.js';
import { OtlpReceiver } from '../support/otlp-receiver.js';
import { TokenIssuer } from '../support/token-issuer.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

const PASSWORD = 'pa:ss@wörd';
const ENCODED = encodeURIComponent(PASSWORD);
const DATABASE_PASSWORD = 'hidden@wäll';
const DATABASE_ENCODED = encodeURIComponent(DATABASE_PASSWORD);
const KAFKA_PASSWORD = 'broker@wörd';

const TOKEN = 'hidden-token';
const SIGNING_KEY = `whsec_${Buffer.alloc(32, 'hidden').toString('base64')}`;

/** Each as it may be written. */
const SECRETS = [
  TOKEN,
  SIGNING_KEY.replace('whsec_', ''),
  PASSWORD,
  ENCODED,
  ENCODED.toLowerCase(),
  Buffer.from(`user:${PASSWORD}`).toString('base64'),
  DATABASE_PASSWORD,
  DATABASE_ENCODED,
  DATABASE_ENCODED.toLowerCase(),
  KAFKA_PASSWORD,
];

let stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  stops = [];
});

const withCredentials = (url: string) => url.replace('http://', `http://user:${ENCODED}@`);

/** A service in this process, and all that it logged. It is stopped at the end of the test. */
async function started(environment: Record<string, string>, format: LogFormat) {
  const log: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      log.push(String(chunk));
      done();
    },
  });
  const logger = WinstonLogger.create({ level: 'debug', format, stream });
  const retries = { RETRY_MAX_ATTEMPTS: '2', RETRY_INITIAL_MS: '1', RETRY_MAX_MS: '1' };
  const config = loadConfig({ PORT: '0', REPLICAS: '1', REPLICA_ID: 'here', ...retries, ...environment });
  const telemetry = config.tracing.kind === 'off' ? NO_TELEMETRY : await startTelemetry(config, logger);
  const container = createContainer(
    config,
    logger,
    (error) => logger.error('it ended', { error }),
    telemetry,
  );
  const service = container.get(TOKENS.service);
  const url = `http://127.0.0.1:${await service.listen()}`;
  stops.push(
    () => service.stop(),
    () => telemetry.stop(),
  );
  const get = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(`${url}${path}`, { headers })).text();
  const send = (orderId: string, product: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/api/Order/Send`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({ orderId, product }),
    }).then((response) => response.text());
  return { service, container, telemetry, log, get, send };
}

function expectNoSecretIn(texts: Record<string, string>, secrets: readonly string[] = SECRETS): void {
  const leaks = Object.entries(texts).flatMap(([where, text]) =>
    secrets.filter((secret) => text.includes(secret)).map((secret) => `${secret} in ${where}`),
  );
  expect(leaks).toEqual([]);
}

const FORMATS: LogFormat[] = ['json', 'pretty'];

const CREDENTIALS = {
  password: (url: string) => ({ FULFILMENT_URL: withCredentials(url) }),
  token: (url: string) => ({
    FULFILMENT_URL: url,
    FULFILMENT_TOKEN: TOKEN,
    FULFILMENT_SIGNING_KEY: SIGNING_KEY,
  }),
};

it.each(FORMATS.flatMap((format) => (['password', 'token'] as const).map((by) => [by, format] as const)))(
  'no secret is shown of a fulfilment with a %s that works, fails and rejects, in the log as %s, the dead letters and readiness',
  async (by, format) => {
    const fulfilment = await FulfilmentServer.start({ min: 0, max: 0 });
    stops.push(() => fulfilment.stop());
    const environment = CREDENTIALS[by](fulfilment.url);
    const { service, container, log, get, send } = await started(environment, format);
    await service.start();
    await send('good', 'tea');
    await send('rejected', 'reject');
    await send('bad', 'fail');
    const deadLetters = container.get(TOKENS.deadLetters);
    const deadLetter = await waitFor('the dead letter', async () => {
      for await (const each of (await deadLetters.list({})).deadLetters) return each;
    });
    const status = async (id: string) =>
      (JSON.parse(await get(`/api/Order/${id}`)) as { status?: string }).status;
    await waitFor('the others', async () => (await status('good')) === 'processed');
    await waitFor('the others', async () => (await status('rejected')) === 'rejected');

    expectNoSecretIn({
      log: log.join(''),
      deadLetter: JSON.stringify(deadLetter),
      deadLetters: await get('/api/DeadLetter'),
      rejected: await get('/api/Order/rejected'),
      bad: await get('/api/Order/bad'),
      readiness: await get('/health/ready'),
    });
    expect(fulfilment.done.has('good')).toBe(true);
  },
);

it.each(
  FORMATS.flatMap((format) =>
    (['refuses', 'garbage', 'drops', 'absent'] as const).map((way) => [way, format] as const),
  ),
)(
  'no secret is shown of a fulfilment that is unavailable (%s), in the log as %s and in readiness',
  async (way, format) => {
    const fulfilment = await FulfilmentServer.start({ min: 0, max: 0 });
    stops.push(() => fulfilment.stop());
    if (way !== 'absent') await fulfilment.begin(way);
    const url = way === 'absent' ? 'http://no-such-host.invalid/orders' : fulfilment.url;
    const { service, container, log, get, send } = await started(
      { FULFILMENT_URL: withCredentials(url) },
      format,
    );
    await service.start();
    await send('bad', 'tea');
    const ended = async () => {
      if ((await container.get(TOKENS.deadLetters).list({})).matched > 0) return true;
      return (await get('/health/ready')).includes('circuit breaker open');
    };
    await waitFor('it fails', ended);

    expectNoSecretIn({
      log: log.join(''),
      readiness: await get('/health/ready'),
      deadLetters: await get('/api/DeadLetter'),
    });
  },
);

it.each(FORMATS)(
  'no key and no token of a client is shown anywhere, valid or not, in the log as %s',
  async (format) => {
    const [issuer, collector] = [await TokenIssuer.start(), await OtlpReceiver.start()];
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url; // the SDK reads it by itself
    const ends = [
      () => issuer.stop(),
      async () => {
        delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
        collector.close();
      },
    ];
    stops.push(...ends);
    const { key, line } = newApiKey({ name: 'shop', roles: ['send', 'read', 'operate'] });
    const token = await issuer.sign({ scope: 'orders:send' });
    const { settings } = issuer;
    const { service, telemetry, log, get, send } = await started(
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        ...{
          AUTH: 'api-key,jwt',
          API_KEYS: line,
          JWT_ISSUER: settings.issuer,
          JWT_AUDIENCE: settings.audience,
        },
        ...{ JWT_JWKS_URL: settings.jwksUrl, JWT_SCOPE_PREFIX: settings.scopePrefix },
      },
      format,
    );
    await service.start();
    const own = { 'X-API-Key': key };
    const wrong = [
      { 'X-API-Key': `${key}x` },
      { Authorization: `Bearer ${token}x` },
      { Authorization: `Basic ${key}` },
    ];
    const responses = [
      await send('good', 'tea', own),
      await send('bad', 'fail', own),
      await send('with-token', 'tea', { Authorization: `Bearer ${token}` }),
      ...(await Promise.all(wrong.map((headers) => send('refused', 'tea', headers)))),
      await get(`/api/Order/good?key=${key}`, own),
    ];
    await waitFor('the dead letter', async () => (await get('/api/DeadLetter', own)).includes('shop/bad'));

    const metrics = await get('/metrics', own);
    const deadLetters = await get('/api/DeadLetter', own);
    const readiness = await get('/health/ready');
    await service.stop();
    await telemetry.stop();
    stops = ends;
    const texts = {
      log: log.join(''),
      responses: responses.join('\n'),
      ...{ deadLetters, metrics, readiness },
      pushed: collector.requests.map(({ body }) => body.toString('latin1')).join('\n'),
    };
    expect(texts.log).toContain('shop/good');
    expect(texts.metrics).toContain('http_server_request_duration_seconds_count');
    expect(texts.pushed).toContain('POST /api/Order/Send');
    expectNoSecretIn(texts, [key, token, token.split('.')[2] ?? '']);
  },
);

it('a token that fulfilment does not accept costs no order, and is replaced in its file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'token-'));
  const file = join(folder, 'token');
  writeFileSync(file, 'expired-token\n');
  const server = createServer(({ headers }, response) => {
    response.writeHead(headers.authorization === `Bearer ${TOKEN}` ? 204 : 401).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(async () => {
    rmSync(folder, { recursive: true });
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const environment = { FULFILMENT_URL: url, FULFILMENT_TOKEN_FILE: file };
  const { service, container, log, get, send } = await started(environment, 'json');
  await service.start();
  await send('waits', 'tea');
  await waitFor('readiness to say so', async () =>
    (await get('/health/ready')).includes('fulfilment responded 401: check its credentials'),
  );

  writeFileSync(file, `${TOKEN}\n`);

  const order = await waitFor('the order', async () => {
    const found = JSON.parse(await get('/api/Order/waits')) as { status: string; attempt: number };
    return found.status === 'processed' && found;
  });
  expect(order.attempt).toBe(1);
  expect((await container.get(TOKENS.deadLetters).list({})).matched).toBe(0);
  expectNoSecretIn({ log: log.join('') });
});

it.each(FORMATS)('no secret is shown of a store that can’t be reached, in the log as %s', async (format) => {
  const DATABASE_URL = `postgres://orders:${DATABASE_ENCODED}@localhost:1/orders`;
  const { service, log, get } = await started({ STORE: 'postgres', DATABASE_URL }, format);
  const starting = service.start();
  await waitFor('a line about it', () => log.some((line) => line.includes('the store is not ready')));

  expectNoSecretIn({
    readiness: await get('/health/ready'),
    order: await get('/api/Order/order-1'),
    log: log.join(''),
  });
  await service.stop();
  stops = [];
  await starting;
});

const KAFKA = {
  MESSAGING: 'kafka',
  ALLOW_VOLATILE_STORE: 'true',
  KAFKA_BROKERS: 'localhost:1',
  KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  KAFKA_SASL_MECHANISM: 'PLAIN',
  KAFKA_SASL_USERNAME: 'orders',
  KAFKA_SASL_PASSWORD: KAFKA_PASSWORD,
};

it.each(FORMATS)('no secret is shown of brokers that can’t be reached, in the log as %s', async (format) => {
  const { service, log, get } = await started(KAFKA, format);
  const starting = service.start();
  await waitFor('a line about it', () => log.some((line) => line.includes('the broker is not ready')));

  expectNoSecretIn({ readiness: await get('/health/ready'), log: log.join('') });
  await service.stop();
  stops = [];
  await starting;
});

it.each([
  ['FULFILMENT_URL', `ftp://user:${ENCODED}@host/`],
  ['FULFILMENT_URL', `http://user:${ENCODED}@[host/`],
  ['FULFILMENT_URL', `http://user:${ENCODED}%zz@host/`],
  ['DATABASE_URL', `mysql://user:${DATABASE_ENCODED}@host/`],
  ['DATABASE_URL', `postgres://user:${DATABASE_ENCODED}@host:x/`],
  ['DATABASE_URL', `postgres://user:${DATABASE_ENCODED}@host/?sslmode=prefer`],
  ['FULFILMENT_TOKEN', `${TOKEN} `],
  ['FULFILMENT_SIGNING_KEY', `${SIGNING_KEY} `],
  ['KAFKA_SASL_PASSWORD', KAFKA_PASSWORD], // of no use without SASL
])('no secret is shown of a configuration that can’t be used: %s=%s', (variable, value) => {
  const problem = (): unknown => {
    try {
      return loadConfig({ [variable]: value });
    } catch (error) {
      return error;
    }
  };
  const error = problem();
  expect(error).toBeInstanceOf(InvalidConfig);
  expectNoSecretIn({ message: (error as InvalidConfig).message });
});
