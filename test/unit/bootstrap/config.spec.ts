import { afterAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as schema from '../../../src/bootstrap/config/environment-schema.js';
import { loadConfig, loadStoreConfig, loadTopicsConfig } from '../../../src/bootstrap/config/load-config.js';
import { InvalidConfig } from '../../../src/bootstrap/config/environment.js';
import { AUTHORITIES, CERTIFICATES } from '../../support/certificates.js';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const inFile = (content: string) => {
  const file = join(folder, randomUUID());
  writeFileSync(file, content);
  return file;
};
const CERT_FILE = inFile(CERTIFICATES.server.cert);
const KEY_FILE = inFile(CERTIFICATES.server.key);
const AUTHORITY_FILE = inFile(AUTHORITIES.one);
const SIGNING_KEY = `whsec_${Buffer.alloc(24, 'k').toString('base64')}`;

const PAGE = {
  kind: 'on',
  status: { topic: 'app.order.replica-status' },
  commands: { topic: 'app.order.replica-commands', isRecord: true },
  actions: 'all',
  akhqUrl: undefined,
} as const;
const DEFAULTS = {
  role: 'all',
  messaging: { kind: 'in-memory', topic: 'app.order.publish', partitions: 5 },
  store: { kind: 'in-memory', keptOrders: 100_000 },
  fulfilment: { kind: 'simulated', delayMs: { min: 1000, max: 3000 } },
  consumer: {
    replicas: [1, 2, 3, 4, 5].map((number) => `${hostname()}-${number}`),
    replicaPrefix: hostname(),
    group: {
      groupId: 'app-consumer-group',
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs: 1_000,
      rebalanceTimeoutMs: 14_000,
    },
    delivery: {
      concurrency: 200,
      maxPendingRecords: 10_000,
      maxPendingBytes: 16_777_216,
      commitIntervalMs: 200,
      handlerTimeoutMs: 30_000,
      rejoinDrainMs: 4_000,
      retryInitialMs: 200,
      retryMaxMs: 30_000,
    },
    retryPolicy: { maxAttempts: 10, initialMs: 1000, maxMs: 60_000 },
  },
  http: {
    ...{ host: '127.0.0.1', port: 5000, serves: 'api', operations: true, openMetrics: false },
    ...{ certificate: undefined, rateLimit: undefined, trustedProxies: 0 },
  },
  access: { apiKeys: undefined, tokens: undefined },
  page: PAGE,
  metrics: { kind: 'on', instance: hostname(), push: undefined },
  tracing: { kind: 'off' },
  log: { level: 'info', format: 'pretty' },
  shutdownMs: 25_000,
};

const PEM_FILE = fileURLToPath(new URL('../../support/self-signed.ts', import.meta.url));

/** A valid value for each variable, none of them its default. */
const ALL = {
  ROLE: 'consumer',
  MESSAGING: 'kafka',
  STORE: 'postgres',
  KAFKA_BROKERS: 'one:9092, two:9092',
  KAFKA_TOPIC: 'other.topic',
  KAFKA_GROUP: 'other-group',
  KAFKA_PARTITIONS: '7',
  KAFKA_REPLICATION_FACTOR: '3',
  KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
  KAFKA_SASL_USERNAME: 'orders',
  KAFKA_SASL_PASSWORD: 'secret',
  KAFKA_SASL_TOKEN_FILE: '/token',
  KAFKA_ALLOW_SASL_PLAINTEXT: 'true',
  KAFKA_SSL_CA: PEM_FILE,
  KAFKA_SSL_CERT: PEM_FILE,
  KAFKA_SSL_KEY: PEM_FILE,
  DATABASE_URL: 'postgresql://orders:secret@db:5432/orders',
  DATABASE_POOL_MAX: '7',
  ALLOW_VOLATILE_STORE: 'true',
  IN_MEMORY_ORDERS: '1000',
  REPLICAS: '2',
  REPLICA_ID: 'replica.A_1-2',
  HOST: '0.0.0.0',
  PORT: '0',
  HEALTH_PORT: '65535',
  OPERATIONS_API: 'on',
  AUTH: 'api-key, jwt',
  ALLOW_ANONYMOUS: 'true',
  API_KEYS: `shop send ${'0'.repeat(64)}`,
  JWT_ISSUER: 'https://issuer.example/',
  JWT_AUDIENCE: 'orders',
  JWT_JWKS_URL: 'https://issuer.example/keys',
  JWT_ALGORITHMS: 'ES256,RS512',
  JWT_CLIENT_CLAIM: 'client_id',
  JWT_SCOPE_PREFIX: 'orders:',
  METRICS_ACCESS: 'open',
  RATE_LIMIT: '50',
  TRUST_PROXY: '2',
  TLS_CERT: CERT_FILE,
  TLS_KEY: KEY_FILE,
  PAGE: 'on',
  PAGE_ACTIONS: 'on',
  AKHQ_URL: 'http://akhq:8080',
  FULFILMENT_URL: 'https://fulfilment.example/orders',
  FULFILMENT_TOKEN: 'a-token',
  FULFILMENT_SIGNING_KEY: SIGNING_KEY,
  FULFILMENT_DELAY_MS: '0',
  SHUTDOWN_MS: '15000',
  CONSUMER_CONCURRENCY: '1',
  CONSUMER_MAX_PENDING_RECORDS: '2',
  CONSUMER_MAX_PENDING_BYTES: '3',
  COMMIT_INTERVAL_MS: '10',
  RETRY_MAX_ATTEMPTS: '6',
  RETRY_INITIAL_MS: '7',
  RETRY_MAX_MS: '8',
  HANDLER_TIMEOUT_MS: '100',
  SESSION_TIMEOUT_MS: '6000',
  HEARTBEAT_INTERVAL_MS: '2000',
  REBALANCE_DRAIN_MS: '2999',
  METRICS: 'on',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318',
  OTEL_METRICS_EXPORTER: 'otlp',
  OTEL_METRIC_EXPORT_INTERVAL: '5000',
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '.25',
  LOG_LEVEL: 'debug',
  LOG_FORMAT: 'json',
};

function problemsOf(
  environment: Record<string, string>,
  load: (environment: Record<string, string>) => unknown = loadConfig,
): readonly string[] {
  try {
    load(environment);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    return error.problems;
  }
}

describe('the configuration', () => {
  it('has a default for what an embedded service needs', () => {
    expect(loadConfig({})).toEqual(DEFAULTS);
  });

  it('treats an empty variable as absent', () => {
    const empty = Object.fromEntries(Object.keys(ALL).map((name) => [name, '']));

    expect(loadConfig(empty)).toEqual(DEFAULTS);
  });

  it('is what the environment says', () => {
    expect(loadConfig(ALL)).toEqual({
      role: 'consumer',
      messaging: {
        kind: 'kafka',
        brokers: ['one:9092', 'two:9092'],
        security: {
          tls: { ca: PEM_FILE, cert: PEM_FILE, key: PEM_FILE },
          sasl: { mechanism: 'SCRAM-SHA-512', username: 'orders', password: 'secret' },
        },
        topic: 'other.topic',
        partitions: 7,
        replicationFactor: 3,
      },
      store: { kind: 'postgres', url: 'postgresql://orders:secret@db:5432/orders', poolMax: 7 },
      fulfilment: {
        kind: 'http',
        url: 'https://fulfilment.example/orders',
        token: { value: 'a-token', file: undefined },
        signingKey: { value: SIGNING_KEY, file: undefined },
      },
      consumer: {
        replicas: ['replica.A_1-2-1', 'replica.A_1-2-2'],
        replicaPrefix: 'replica.A_1-2',
        group: {
          groupId: 'other-group',
          sessionTimeoutMs: 6_000,
          heartbeatIntervalMs: 2_000,
          rebalanceTimeoutMs: 8_999,
        },
        delivery: {
          concurrency: 1,
          maxPendingRecords: 2,
          maxPendingBytes: 3,
          commitIntervalMs: 10,
          handlerTimeoutMs: 100,
          rejoinDrainMs: 2_999,
          retryInitialMs: 200,
          retryMaxMs: 30_000,
        },
        retryPolicy: { maxAttempts: 6, initialMs: 7, maxMs: 8 },
      },
      http: {
        host: '0.0.0.0',
        port: 65_535,
        serves: 'health',
        operations: true,
        openMetrics: true,
        certificate: { certFile: CERT_FILE, keyFile: KEY_FILE },
        rateLimit: 50,
        trustedProxies: 2,
      },
      access: {
        apiKeys: { list: ALL.API_KEYS },
        tokens: {
          issuer: 'https://issuer.example/',
          audience: 'orders',
          jwksUrl: 'https://issuer.example/keys',
          algorithms: ['ES256', 'RS512'],
          clientClaim: 'client_id',
          scopePrefix: 'orders:',
        },
      },
      page: {
        kind: 'on',
        status: { topic: 'other.replica-status' },
        commands: { topic: 'other.replica-commands', isRecord: true },
        actions: 'pausing',
        akhqUrl: 'http://akhq:8080',
      },
      metrics: { kind: 'on', instance: 'replica.A_1-2', push: { intervalMs: 5_000 } },
      tracing: {
        kind: 'on',
        instance: 'replica.A_1-2',
        sampling: { sampler: 'parentbased_traceidratio', ratio: 0.25 },
      },
      log: { level: 'debug', format: 'json' },
      shutdownMs: 15_000,
    });
  });

  it('is what the environment says for an API and for a store in memory', () => {
    const { http } = loadConfig({ ...ALL, ROLE: 'api' });
    const { store, fulfilment } = loadConfig({ IN_MEMORY_ORDERS: '1000', FULFILMENT_DELAY_MS: '0' });

    expect(http).toMatchObject({ host: '0.0.0.0', port: 0, serves: 'api', operations: true });
    expect(store).toEqual({ kind: 'in-memory', keptOrders: 1_000 });
    expect(fulfilment).toEqual({ kind: 'simulated', delayMs: { min: 0, max: 0 } });
  });

  it('ignores other variables', () => {
    expect(loadConfig({ PATH: '/usr/bin', ABSENT: undefined })).toEqual(DEFAULTS);
  });

  it.each([
    ['0', { min: 0, max: 0 }],
    ['250', { min: 250, max: 250 }],
    ['0-500', { min: 0, max: 500 }],
  ])('reads a delay of %s', (text, range) => {
    expect(loadConfig({ FULFILMENT_DELAY_MS: text }).fulfilment).toEqual({
      kind: 'simulated',
      delayMs: range,
    });
  });

  it('serves no HTTP in a consumer without a port for its health', () => {
    expect(loadConfig({ ...ALL, HEALTH_PORT: '' }).http).toBeUndefined();
  });

  it('pushes no metrics where OTEL_METRICS_EXPORTER is none, and still serves them', () => {
    expect(loadConfig({ ...ALL, OTEL_METRICS_EXPORTER: 'none' }).metrics).toMatchObject({
      kind: 'on',
      push: undefined,
    });
  });

  const ON_KAFKA = { MESSAGING: 'kafka', KAFKA_BROKERS: 'one:9092', ALLOW_VOLATILE_STORE: 'true' };

  it.each([
    ['pretty with messages in memory', {}, 'pretty'],
    ['json on Kafka', ON_KAFKA, 'json'],
    ['pretty where LOG_FORMAT says so', { ...ON_KAFKA, LOG_FORMAT: 'pretty' }, 'pretty'],
  ])('has a log that is %s', (_what, environment, format) => {
    expect(loadConfig(environment).log.format).toBe(format);
  });

  it.each([
    ['pretty on Kafka, too', ON_KAFKA, 'pretty'],
    ['json where LOG_FORMAT says so', { LOG_FORMAT: 'json' }, 'json'],
  ])('has a log in a terminal that is %s', (_what, environment, format) => {
    expect(loadConfig(environment, true).log.format).toBe(format);
  });
});

describe('the configuration of an entry point', () => {
  const KAFKA = { MESSAGING: 'kafka', KAFKA_BROKERS: 'one:9092', KAFKA_PARTITIONS: '7' };
  const POSTGRES = { DATABASE_URL: 'postgres://db/orders', LOG_LEVEL: 'debug' };

  it('that creates the topics has what that takes', () => {
    expect(loadTopicsConfig(KAFKA)).toEqual({
      messaging: {
        kind: 'kafka',
        brokers: ['one:9092'],
        topic: 'app.order.publish',
        partitions: 7,
        replicationFactor: 1,
      },
      page: PAGE,
      log: { level: 'info', format: 'json' },
    });
  });

  it('is without metrics, wherever they would be pushed, when they are off', () => {
    const { metrics } = loadConfig({ ...ALL, METRICS: 'off' });

    expect(metrics).toEqual({ kind: 'off' });
  });

  it('that migrates the store has what that takes', () => {
    expect(loadStoreConfig(POSTGRES)).toEqual({
      store: { url: 'postgres://db/orders' },
      log: { level: 'debug', format: 'pretty' },
    });
  });

  it.each([
    ['the brokers', loadTopicsConfig, {}, ['KAFKA_BROKERS is needed, for example localhost:9092']],
    [
      'the URL of the database',
      loadStoreConfig,
      {},
      ['DATABASE_URL is needed, for example postgres://user@localhost:5432/orders'],
    ],
    [
      'good values',
      loadTopicsConfig,
      { KAFKA_BROKERS: 'one', LOG_LEVEL: 'x' },
      [
        'KAFKA_BROKERS=one must be host:port, or several of them with commas between',
        'LOG_LEVEL=x must be one of error, warn, info, debug',
      ],
    ],
  ])('is invalid without %s', (_what, load, environment, problems) => {
    expect(problemsOf(environment, load)).toEqual(problems);
  });
});

const names = 'must be 1 to 200 of A-Z a-z 0-9 . _ -';
const delay = 'must be milliseconds, as one number or as a range such as 1000-3000';
const hostAndPort = 'must be host:port, or several of them with commas between';

describe('a variable that can’t be used', () => {
  it.each([
    ['ROLE', 'producer', 'must be one of all, api, consumer'],
    ['ROLE', 'ALL', 'must be one of all, api, consumer'],
    ['MESSAGING', 'rabbit', 'must be one of in-memory, kafka'],
    ['STORE', 'mysql', 'must be one of in-memory, postgres'],
    ['KAFKA_BROKERS', 'localhost', hostAndPort],
    ['KAFKA_BROKERS', 'one:9092,', hostAndPort],
    ['KAFKA_BROKERS', 'one:9092 two:9092', hostAndPort],
    ['KAFKA_TOPIC', 'a topic', names],
    ['KAFKA_TOPIC', 'x'.repeat(201), names],
    ['KAFKA_GROUP', 'x'.repeat(201), 'must have at most 200 characters'],
    ['KAFKA_PARTITIONS', '0', 'must be a whole number from 1 to 10000'],
    ['KAFKA_PARTITIONS', '10001', 'must be a whole number from 1 to 10000'],
    ['KAFKA_REPLICATION_FACTOR', '1.5', 'must be a whole number from 1 to 100'],
    ['ALLOW_VOLATILE_STORE', 'yes', 'must be one of true, false'],
    ['IN_MEMORY_ORDERS', '0', 'must be a whole number from 1 to 100000000'],
    ['IN_MEMORY_ORDERS', '100000001', 'must be a whole number from 1 to 100000000'],
    ['REPLICAS', '-1', 'must be a whole number from 1 to 100'],
    ['REPLICAS', '1e1', 'must be a whole number from 1 to 100'],
    ['REPLICA_ID', 'a b', 'must be 1 to 100 of A-Z a-z 0-9 . _ -'],
    ['PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['PORT', '0x10', 'must be a whole number from 0 to 65535'],
    ['HEALTH_PORT', 'five', 'must be a whole number from 0 to 65535'],
    ['OPERATIONS_API', 'true', 'must be one of on, off'],
    ['FULFILMENT_DELAY_MS', '3000-1000', delay],
    ['FULFILMENT_DELAY_MS', '1s', delay],
    ['FULFILMENT_DELAY_MS', '12345678', delay],
    ['SHUTDOWN_MS', '14999', 'must be a whole number from 15000 to 600000'],
    ['CONSUMER_CONCURRENCY', '0', 'must be a whole number from 1 to 10000'],
    ['SESSION_TIMEOUT_MS', '5999', 'must be a whole number from 6000 to 1800000'],
    ['LOG_LEVEL', 'trace', 'must be one of error, warn, info, debug'],
    ['LOG_FORMAT', 'xml', 'must be one of json, pretty'],
    ['DATABASE_POOL_MAX', '0', 'must be a whole number from 1 to 1000'],
  ])('%s=%s is invalid, and the problem says what it may be', (variable, value, says) => {
    const others = { KAFKA_BROKERS: 'one:9092', STORE: 'postgres', DATABASE_URL: 'postgres://db' };

    expect(problemsOf({ ...others, [variable]: value })).toEqual([`${variable}=${value} ${says}`]);
  });

  it.each([
    [
      { HEARTBEAT_INTERVAL_MS: '3334' },
      'HEARTBEAT_INTERVAL_MS=3334 must be at most a third of SESSION_TIMEOUT_MS=10000',
    ],
    [
      { REBALANCE_DRAIN_MS: '5000' },
      'REBALANCE_DRAIN_MS=5000 must be less than half of SESSION_TIMEOUT_MS=10000',
    ],
    [{ RETRY_MAX_MS: '100' }, 'RETRY_INITIAL_MS=1000 must be at most RETRY_MAX_MS=100'],
  ])('in proportion to another is invalid: %j', (environment, problem) => {
    expect(problemsOf(environment)).toEqual([problem]);
  });

  it.each([
    'http://me:secret@[bad/orders',
    'http://me:secret%zz@host/orders',
    'http://me:secret@host:70000/orders',
    'http://me:sec#ret@host/orders',
  ])('is invalid when it is no URL that can be used, and is not shown: FULFILMENT_URL=%s', (url) => {
    expect(problemsOf({ FULFILMENT_URL: url })).toEqual([
      'FULFILMENT_URL must be a URL, its user and password percent-encoded',
    ]);
  });

  it.each([
    ['FULFILMENT_TOKEN', 'two words', 'must be visible ASCII without spaces'],
    ['FULFILMENT_TOKEN', 'line\r\nX-Other: 1', 'must be visible ASCII without spaces'],
    ...['secret-key', 'whsec_c2hvcnQ=', `whsec_${'a'.repeat(88)}`, 'whsec_!'].map((key) => [
      'FULFILMENT_SIGNING_KEY',
      key,
      'must be whsec_ and 24 to 64 random bytes in base64, as in: echo "whsec_$(openssl rand -base64 32)"',
    ]),
  ])('is a secret that is not shown: %s=%j', (name = '', value = '', says) => {
    expect(problemsOf({ FULFILMENT_URL: 'https://host/', [name]: value })).toEqual([`${name} ${says}`]);
  });

  it.each([
    ['sslmode=prefer', 'must have an sslmode that is one of disable, require, verify-ca, verify-full'],
    ['sslmode=no-verify', 'must have an sslmode that is one of disable, require, verify-ca, verify-full'],
    ['ssl=true', "has ssl, which the service can't heed"],
    ['sslmode=verify-full&sslcrl=crl.pem', "has sslcrl, which the service can't heed"],
    ['sslrootcert=/ca.pem', 'has sslrootcert, which needs sslmode=verify-full'],
    ['sslmode=verify-ca', 'has sslmode=verify-ca, which needs sslrootcert'],
    ['sslmode=require&sslrootcert=system', 'has sslrootcert=system, which needs sslmode=verify-full'],
    ['sslmode=verify-full&sslcert=/cert.pem', 'must have sslcert and sslkey, or neither'],
    ['sslmode=disable&sslnegotiation=direct', 'has sslnegotiation=direct, which needs sslmode=verify-full'],
    ['sslmode=require&sslnegotiation=tls', 'must have an sslnegotiation that is postgres or direct'],
    [
      'sslmode=verify-full&sslrootcert=/none/ca.pem',
      "has sslrootcert=/none/ca.pem, which can't be used: ENOENT: ",
    ],
    [`sslmode=verify-full&sslrootcert=${KEY_FILE}`, `has sslrootcert=${KEY_FILE}, which can't be used: `],
    [
      `sslmode=verify-full&sslcert=${AUTHORITY_FILE}&sslkey=${KEY_FILE}`,
      "has sslcert and sslkey, which can't be used: ",
    ],
  ])('is invalid when it says of TLS what can’t be done: DATABASE_URL=…?%s', (parameters, problem) => {
    const DATABASE_URL = `postgres://orders:secret@db/orders?${parameters}`;

    const problems = [expect.stringContaining(`DATABASE_URL ${problem}`)];
    expect(problemsOf({ STORE: 'postgres', DATABASE_URL })).toEqual(problems);
    expect(problemsOf({ DATABASE_URL }, loadStoreConfig)).toEqual(problems);
  });

  it.each(['postgres://me:sec/ret@db/orders', 'postgres://me:secret@db:70000/orders'])(
    'is invalid when it is no URL that can be used, and is not shown: DATABASE_URL=%s',
    (DATABASE_URL) => {
      expect(problemsOf({ STORE: 'postgres', DATABASE_URL })).toEqual([
        'DATABASE_URL must be a URL, its user and password percent-encoded',
      ]);
    },
  );

  it.each([
    [
      'there is no certificate',
      { TLS_KEY: KEY_FILE },
      /^TLS_KEY needs TLS_CERT, the file of the certificate$/,
    ],
    ['there is no key', { TLS_CERT: CERT_FILE }, /^TLS_CERT needs TLS_KEY, the file of its key$/],
    ['a file is not there', { TLS_CERT: '/none', TLS_KEY: KEY_FILE }, /can't be used: ENOENT: .* '\/none'$/],
    ['there is no certificate in it', { TLS_CERT: KEY_FILE, TLS_KEY: KEY_FILE }, / has no certificate: /],
    ['there is no key in it', { TLS_CERT: CERT_FILE, TLS_KEY: CERT_FILE }, / has no key that can be read: /],
    [
      'the key is another one',
      { TLS_CERT: CERT_FILE, TLS_KEY: inFile(CERTIFICATES.renewed.key) },
      /the key in \S+ is not that of the certificate in \S+$/,
    ],
  ])('is invalid when of a certificate and its key %s', (_what, environment, problem) => {
    const [said, ...others] = problemsOf(environment);

    expect(said).toMatch(/^TLS_/);
    expect(said).toMatch(problem);
    expect(others).toEqual([]);
  });

  describe('in a file', () => {
    it('is read from there, without the line break at the end', () => {
      const url = 'postgres://orders:secret@db/orders';
      for (const content of [url, `${url}\n`, `${url}\r\n`]) {
        const given = { STORE: 'postgres', DATABASE_URL_FILE: inFile(content) };
        expect(loadConfig(given).store).toMatchObject({ kind: 'postgres', url });
      }
    });

    it('is looked for there again, where that is a token or a key', () => {
      const [FULFILMENT_TOKEN_FILE, FULFILMENT_SIGNING_KEY_FILE] = [inFile('a-token'), inFile(SIGNING_KEY)];
      const { FULFILMENT_URL } = ALL;
      expect(
        loadConfig({ FULFILMENT_URL, FULFILMENT_TOKEN_FILE, FULFILMENT_SIGNING_KEY_FILE }).fulfilment,
      ).toMatchObject({
        token: { value: 'a-token', file: FULFILMENT_TOKEN_FILE },
        signingKey: { value: SIGNING_KEY, file: FULFILMENT_SIGNING_KEY_FILE },
      });
    });

    it('is read from there for Kafka, too', () => {
      const sasl = { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_MECHANISM: 'PLAIN' };
      const { messaging } = loadTopicsConfig({
        ...{ KAFKA_BROKERS: 'one:9093', ...sasl, KAFKA_SASL_USERNAME: 'orders' },
        KAFKA_SASL_PASSWORD_FILE: inFile('secret\n'),
      });
      expect(messaging.security?.sasl).toMatchObject({ password: 'secret' });
    });

    it('is not read twice: the variable itself can’t be set, too', () => {
      const url = 'postgres://db/orders';
      expect(problemsOf({ DATABASE_URL: url, DATABASE_URL_FILE: inFile(url) })).toEqual([
        'DATABASE_URL and DATABASE_URL_FILE are both set: set one of them',
      ]);
    });

    it.each([
      ['is not there', () => join(folder, 'none'), /ENOENT/],
      ['is empty', () => inFile('\n'), /it is empty$/],
      ['is very long', () => inFile('x'.repeat(2_000_000)), /it has more than 1 MiB$/],
    ])('is a problem when that %s', (_, file, problem) => {
      const [said, ...others] = problemsOf({ FULFILMENT_URL_FILE: file() });
      expect(said).toMatch(/^FULFILMENT_URL_FILE=\/\S+ can't be used: /);
      expect(said).toMatch(problem);
      expect(others).toEqual([]);
    });

    it('is not shown when it can’t be used', () => {
      expect(problemsOf({ DATABASE_URL_FILE: inFile('mysql://orders:secret@db/orders') })).toEqual([
        'DATABASE_URL must begin with postgres:// or postgresql://',
      ]);
    });
  });

  it('is never shown when it may hold a password', () => {
    expect(problemsOf({ DATABASE_URL: 'mysql://orders:secret@db/orders' })).toEqual([
      'DATABASE_URL must begin with postgres:// or postgresql://',
    ]);
  });

  it.each([
    ['CONSUMER_MAX_OPEN_RECORDS', 'CONSUMER_MAX_PENDING_RECORDS'],
    ['CONSUMER_MAX_OPEN_BYTES', 'CONSUMER_MAX_PENDING_BYTES'],
  ])('has an old name: %s is invalid, and the problem says the new name', (old, name) => {
    expect(problemsOf({ [old]: '5' })).toEqual([`${old} has a new name: set ${name} instead`]);
    expect(problemsOf({ [old]: '' })).toEqual([]);
  });

  it('is named with times out of proportion, contradictions and old names at once', () => {
    expect(
      problemsOf({
        PORT: 'x',
        RETRY_MAX_MS: '100',
        HEARTBEAT_INTERVAL_MS: '4000',
        REBALANCE_DRAIN_MS: '6000',
        ROLE: 'api',
        CONSUMER_MAX_OPEN_BYTES: '5',
      }),
    ).toEqual([
      'PORT=x must be a whole number from 0 to 65535',
      'RETRY_INITIAL_MS=1000 must be at most RETRY_MAX_MS=100',
      'HEARTBEAT_INTERVAL_MS=4000 must be at most a third of SESSION_TIMEOUT_MS=10000',
      'REBALANCE_DRAIN_MS=6000 must be less than half of SESSION_TIMEOUT_MS=10000',
      "ROLE=api needs MESSAGING=kafka: messages in memory can't leave their process",
      'CONSUMER_MAX_OPEN_BYTES has a new name: set CONSUMER_MAX_PENDING_BYTES instead',
    ]);
  });

  it('is named with all others at once', () => {
    expect(
      problemsOf({ PORT: 'x', LOG_LEVEL: 'x', REPLICAS: '0', MESSAGING: 'kafka', STORE: 'postgres' }),
    ).toEqual([
      'REPLICAS=0 must be a whole number from 1 to 100',
      'PORT=x must be a whole number from 0 to 65535',
      'LOG_LEVEL=x must be one of error, warn, info, debug',
      'KAFKA_BROKERS is needed with MESSAGING=kafka, for example localhost:9092',
      'DATABASE_URL is needed with STORE=postgres, for example postgres://user@localhost:5432/orders',
    ]);
  });

  it('makes a message with a line for each problem', () => {
    expect(() => loadConfig({ PORT: 'x', LOG_LEVEL: 'x' })).toThrow(
      new InvalidConfig([
        'PORT=x must be a whole number from 0 to 65535',
        'LOG_LEVEL=x must be one of error, warn, info, debug',
      ]),
    );
    expect(new InvalidConfig(['one', 'two']).message).toBe("the configuration can't be used:\n  one\n  two");
  });
});

describe('variables that contradict one another', () => {
  const kafka = { MESSAGING: 'kafka', KAFKA_BROKERS: 'one:9092' };
  const postgres = { STORE: 'postgres', DATABASE_URL: 'postgres://db' };
  const volatile =
    'STORE=in-memory forgets at a restart what Kafka remembers as processed: with MESSAGING=kafka set STORE=postgres, ' +
    'or accept that with ALLOW_VOLATILE_STORE=true';
  const apart =
    'ROLE=api needs STORE=postgres: orders in memory stay with the process that processed them, and an API could never ' +
    'show one';

  it.each([
    [
      'an API alone without Kafka',
      { ROLE: 'api' },
      "ROLE=api needs MESSAGING=kafka: messages in memory can't leave their process",
    ],
    [
      'a consumer alone without Kafka',
      { ROLE: 'consumer', ...postgres },
      "ROLE=consumer needs MESSAGING=kafka: messages in memory can't leave their process",
    ],
    [
      'Kafka without brokers',
      { MESSAGING: 'kafka', ...postgres },
      'KAFKA_BROKERS is needed with MESSAGING=kafka, for example localhost:9092',
    ],
    [
      'PostgreSQL without its address',
      { STORE: 'postgres' },
      'DATABASE_URL is needed with STORE=postgres, for example postgres://user@localhost:5432/orders',
    ],
    ['Kafka with a store that forgets', kafka, volatile],
    ['an API with a store of its own', { ...kafka, ROLE: 'api' }, apart],
    [
      'an API with a store of its own, though it may forget',
      { ...kafka, ROLE: 'api', ALLOW_VOLATILE_STORE: 'true' },
      apart,
    ],
    ['a token for nobody', { FULFILMENT_TOKEN: 'a-token' }, 'FULFILMENT_TOKEN needs FULFILMENT_URL'],
    [
      'a signature for nobody',
      { FULFILMENT_SIGNING_KEY: SIGNING_KEY },
      'FULFILMENT_SIGNING_KEY needs FULFILMENT_URL',
    ],
    [
      'a token that anybody could read',
      { FULFILMENT_TOKEN: 'a-token', FULFILMENT_URL: 'http://127.0.0.1.example/orders' },
      'FULFILMENT_TOKEN needs an https:// FULFILMENT_URL: anybody on the way could read it',
    ],
    [
      'the same at a host that only looks like this machine',
      { FULFILMENT_TOKEN: 'a-token', FULFILMENT_URL: 'http://notlocalhost/orders' },
      'FULFILMENT_TOKEN needs an https:// FULFILMENT_URL: anybody on the way could read it',
    ],
    [
      'a token and a password',
      { FULFILMENT_TOKEN: 'a-token', FULFILMENT_URL: 'https://me:secret@host/orders' },
      'FULFILMENT_TOKEN and a user in FULFILMENT_URL are both set: set one of them',
    ],
    ['Kafka with a store that forgets, not allowed', { ...kafka, ALLOW_VOLATILE_STORE: 'false' }, volatile],
  ])('are invalid: %s', (_what, environment, problem) => {
    expect(problemsOf(environment)).toEqual([problem]);
  });

  it.each([
    ['Kafka with PostgreSQL, in each role', { ...kafka, ...postgres, ROLE: 'consumer' }],
    ['Kafka with a store that forgets, when that is allowed', { ...kafka, ALLOW_VOLATILE_STORE: 'true' }],
    ['messages in memory with PostgreSQL', postgres],
    [
      'a token that stays on this machine',
      { FULFILMENT_TOKEN: 't', FULFILMENT_URL: 'http://localhost:8080/' },
    ],
    ['the same by address', { FULFILMENT_TOKEN: 't', FULFILMENT_URL: 'http://127.0.0.1:8080/' }],
    ['the same by IPv6', { FULFILMENT_TOKEN: 't', FULFILMENT_URL: 'http://[::1]:8080/' }],
    ['addresses that are not used', { KAFKA_BROKERS: 'one:9092', DATABASE_URL: 'postgres://db' }],
  ])('are not: %s', (_what, environment) => {
    expect(problemsOf(environment)).toEqual([]);
  });
});

describe('who may use the HTTP API', () => {
  const REACHED = {
    ...{
      MESSAGING: 'kafka',
      KAFKA_BROKERS: 'one:9092',
      STORE: 'postgres',
      DATABASE_URL: 'postgres://db/orders',
    },
    ...{ ROLE: 'api', HOST: '0.0.0.0' },
  };
  const KEYS = `shop send ${'0'.repeat(64)}`;
  const JWT = {
    ...{ AUTH: 'jwt', JWT_ISSUER: 'https://issuer/', JWT_AUDIENCE: 'orders' },
    JWT_JWKS_URL: 'https://issuer/keys',
  };
  const OPEN =
    'HOST=0.0.0.0 lets others in, and AUTH=none lets them do everything: set AUTH=api-key or AUTH=jwt, or accept that ' +
    'with ALLOW_ANONYMOUS=true';

  it.each<[Record<string, string>, readonly string[]]>([
    [REACHED, [OPEN]],
    [{ ...REACHED, AUTH: 'none' }, [OPEN]],
    [{ ...REACHED, HOST: '::' }, [OPEN.replace('0.0.0.0', '::')]],
    [{ ...REACHED, ALLOW_ANONYMOUS: 'true' }, []],
    [{ ...REACHED, AUTH: 'api-key', API_KEYS: KEYS }, []],
    [{ ...REACHED, ...JWT }, []],
    [{ ...REACHED, HOST: '127.0.0.1' }, []],
    [{ ...REACHED, HOST: 'localhost' }, []],
    [{ ...REACHED, HOST: '::1' }, []],
    [{ ...REACHED, ROLE: 'consumer' }, []],
    [{ HOST: '0.0.0.0' }, []],
  ])('has to be said with Kafka where others can reach it: %j', (environment, problems) => {
    expect(problemsOf(environment)).toEqual(problems);
  });

  it.each<[Record<string, string>, string]>([
    [{ AUTH: 'basic' }, 'AUTH=basic must be of none, api-key, jwt, with commas between'],
    [{ AUTH: 'none,api-key', API_KEYS: KEYS }, 'AUTH can’t be none and something else'],
    [{ AUTH: 'api-key' }, 'AUTH=api-key needs API_KEYS_FILE or API_KEYS: npm run keys -- create makes a key'],
    [{ API_KEYS: KEYS }, 'API_KEYS would not be used: AUTH=none doesn’t have api-key'],
    [{ AUTH: 'jwt' }, 'AUTH=jwt needs JWT_ISSUER and JWT_AUDIENCE and JWT_JWKS_URL'],
    [
      { ...JWT, AUTH: 'api-key', API_KEYS: KEYS },
      'JWT_ISSUER and JWT_AUDIENCE and JWT_JWKS_URL would not be used: AUTH=api-key doesn’t have jwt',
    ],
    [
      { ...JWT, JWT_JWKS_URL: 'http://issuer/keys' },
      'JWT_JWKS_URL=http://issuer/keys must begin with https://, unless it is on this machine',
    ],
    [
      { ...JWT, JWT_ALGORITHMS: 'HS256' },
      'JWT_ALGORITHMS=HS256 must be of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, with commas between',
    ],
    [
      { ...JWT, JWT_ALGORITHMS: 'none' },
      'JWT_ALGORITHMS=none must be of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, with commas between',
    ],
    [
      { AUTH: 'api-key', API_KEYS: 'shop send os_secret' },
      "API_KEYS can't be used: line 1: the SHA-256 must be 64 lower-case hexadecimal digits",
    ],
    [
      { AUTH: 'api-key', API_KEYS_FILE: '/none' },
      "API_KEYS_FILE=/none can't be used: ENOENT: no such file or directory, open '/none'",
    ],
  ])('is invalid: %j', (environment, problem) => {
    expect(problemsOf(environment)).toEqual([problem]);
  });
});

describe('how much a client may do', () => {
  it.each<[Record<string, string>, string]>([
    [{ RATE_LIMIT: '0' }, 'RATE_LIMIT=0 must be a whole number from 1 to 1000000'],
    [{ RATE_LIMIT: '0.5' }, 'RATE_LIMIT=0.5 must be a whole number from 1 to 1000000'],
    [{ RATE_LIMIT: '1000001' }, 'RATE_LIMIT=1000001 must be a whole number from 1 to 1000000'],
    [{ TRUST_PROXY: 'true' }, 'TRUST_PROXY=true must be a whole number from 0 to 10'],
    [{ TRUST_PROXY: '11' }, 'TRUST_PROXY=11 must be a whole number from 0 to 10'],
  ])('is invalid: %j', (environment, problem) => {
    expect(problemsOf(environment)).toEqual([problem]);
  });
});

describe('the security of Kafka', () => {
  const kafka = {
    MESSAGING: 'kafka',
    KAFKA_BROKERS: 'one:9093',
    STORE: 'postgres',
    DATABASE_URL: 'postgres://db',
  };
  const securityOf = (environment: Record<string, string>) => {
    const { messaging } = loadConfig({ ...kafka, ...environment });
    return messaging.kind === 'kafka' ? messaging.security : undefined;
  };
  const BY_PASSWORD = {
    KAFKA_SASL_MECHANISM: 'PLAIN',
    KAFKA_SASL_USERNAME: 'orders',
    KAFKA_SASL_PASSWORD: 'secret',
  };
  const sasl = { mechanism: 'PLAIN', username: 'orders', password: 'secret' };

  it.each([
    ['nothing by default', {}, undefined],
    ['TLS alone', { KAFKA_SECURITY_PROTOCOL: 'SSL' }, { tls: {} }],
    ['TLS and a user', { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', ...BY_PASSWORD }, { tls: {}, sasl }],
    [
      'a user without TLS, where that is allowed',
      { KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', KAFKA_ALLOW_SASL_PLAINTEXT: 'true', ...BY_PASSWORD },
      { sasl },
    ],
    [
      'TLS and a token',
      {
        KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
        KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
        KAFKA_SASL_TOKEN_FILE: '/not/there/yet',
      },
      { tls: {}, sasl: { mechanism: 'OAUTHBEARER', tokenFile: '/not/there/yet' } },
    ],
  ])('is %s', (_what, environment, security) => {
    expect(securityOf(environment)).toEqual(security);
  });

  it('is what creates the topics uses, too', () => {
    const { messaging } = loadTopicsConfig({ ...kafka, KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', ...BY_PASSWORD });

    expect(messaging.security).toEqual({ tls: {}, sasl });
  });

  it.each<[string, Record<string, string>, string[]]>([
    [
      'a user without TLS, not allowed',
      { KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', ...BY_PASSWORD },
      [
        'KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT sends credentials and orders in plain text: set SASL_SSL, or accept that ' +
          'with KAFKA_ALLOW_SASL_PLAINTEXT=true',
      ],
    ],
    [
      'SASL without a mechanism',
      { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_USERNAME: 'orders' },
      ['KAFKA_SECURITY_PROTOCOL=SASL_SSL needs KAFKA_SASL_MECHANISM'],
    ],
    [
      'a mechanism without a user',
      { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256' },
      [
        'KAFKA_SASL_MECHANISM=SCRAM-SHA-256 needs KAFKA_SASL_USERNAME',
        'KAFKA_SASL_MECHANISM=SCRAM-SHA-256 needs KAFKA_SASL_PASSWORD',
      ],
    ],
    [
      'a token without its file',
      { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_MECHANISM: 'OAUTHBEARER' },
      ['KAFKA_SASL_MECHANISM=OAUTHBEARER needs KAFKA_SASL_TOKEN_FILE'],
    ],
    [
      'SASL and TLS where nothing is asked for',
      { KAFKA_SASL_USERNAME: 'orders', KAFKA_SASL_PASSWORD: 'secret', KAFKA_SSL_CA: PEM_FILE },
      [
        'KAFKA_SSL_CA is of no use without KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL',
        'KAFKA_SASL_USERNAME is of no use without KAFKA_SECURITY_PROTOCOL=SASL_SSL',
        'KAFKA_SASL_PASSWORD is of no use without KAFKA_SECURITY_PROTOCOL=SASL_SSL',
      ],
    ],
    [
      'a certificate without its key',
      { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CERT: PEM_FILE },
      ['KAFKA_SSL_CERT and KAFKA_SSL_KEY belong together: set both or none of them'],
    ],
    [
      'a file that is none',
      { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA: '/none' },
      ["KAFKA_SSL_CA=/none must name a PEM file: ENOENT: no such file or directory, open '/none'"],
    ],
  ])('is invalid: %s', (_what, environment, problems) => {
    expect(problemsOf({ ...kafka, ...environment })).toEqual(problems);
  });

  it('is invalid with a file that is no PEM file', () => {
    const KAFKA_SSL_CA = fileURLToPath(new URL('../../../package.json', import.meta.url));

    expect(problemsOf({ ...kafka, KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA })).toEqual([
      `KAFKA_SSL_CA=${KAFKA_SSL_CA} must name a PEM file`,
    ]);
  });
});

describe('the consumers of a process', () => {
  it.each([
    ['five where all is in one process', 'all', undefined, ['me-1', 'me-2', 'me-3', 'me-4', 'me-5']],
    ['one in a consumer', 'consumer', undefined, ['me']],
    ['none in an API', 'api', undefined, []],
    ['none in an API, whatever is asked for', 'api', '3', []],
    ['what is asked for', 'consumer', '3', ['me-1', 'me-2', 'me-3']],
    ['what is asked for where all is in one process', 'all', '1', ['me']],
  ])('are %s', (_what, ROLE, REPLICAS, replicas) => {
    const { ROLE: _role, REPLICAS: _replicas, ...others } = ALL;
    const { consumer } = loadConfig({ ...others, REPLICA_ID: 'me', ROLE, REPLICAS });

    expect(consumer.replicas).toEqual(replicas);
  });
});

describe('what operators use', () => {
  const kafka = { MESSAGING: 'kafka', KAFKA_BROKERS: 'one:9092', ALLOW_VOLATILE_STORE: 'true' };

  it.each([
    ['on where all is in one process', {}, true],
    ['off on Kafka', kafka, false],
    ['on when asked for', { ...kafka, OPERATIONS_API: 'on' }, true],
    ['off when asked for', { OPERATIONS_API: 'off' }, false],
  ])('is %s', (_what, environment, on) => {
    expect(loadConfig(environment).http?.operations).toBe(on);
  });
});

describe('.env.example', () => {
  const lines = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8').split('\n');
  const listed = lines.flatMap((line) => {
    const [, name, value] = /^#?([A-Z_]+)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value ?? ''] as const];
  });

  it('lists exactly the variables that there are', () => {
    const { messaging, store, ...others } = schema.service;
    const parts = [...Object.values(others), ...messaging.options, ...store.options];
    const variables = new Set(parts.flatMap(({ shape }) => Object.keys(shape)));

    expect(listed.map(([name]) => name).sort()).toEqual([...variables].sort());
    // it and API_KEYS exclude each other
    expect([...Object.keys(ALL), 'API_KEYS_FILE'].sort()).toEqual([...variables].sort());
  });

  it('shows defaults that are the defaults', () => {
    const examples = new Set(['KAFKA_BROKERS', 'DATABASE_URL']); // they have none
    const shown = Object.fromEntries(listed.filter(([name]) => !examples.has(name)));

    expect(loadConfig(shown)).toEqual(DEFAULTS);
  });
});
