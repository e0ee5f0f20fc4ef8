import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as schema from '../../../src/bootstrap/config/environment-schema.js';
import { loadConfig, loadStoreConfig, loadTopicsConfig } from '../../../src/bootstrap/config/load-config.js';
import { InvalidConfig } from '../../../src/bootstrap/config/environment.js';

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
  http: { host: '127.0.0.1', port: 5000, serves: 'api', operations: true },
  page: { kind: 'on', statusTopic: 'app.order.replica-status', actions: 'all', akhqUrl: undefined },
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
  ALLOW_VOLATILE_STORE: 'true',
  IN_MEMORY_ORDERS: '1000',
  REPLICAS: '2',
  REPLICA_ID: 'replica.A_1-2',
  HOST: '0.0.0.0',
  PORT: '0',
  HEALTH_PORT: '65535',
  OPERATIONS_API: 'on',
  PAGE: 'on',
  PAGE_ACTIONS: 'on',
  AKHQ_URL: 'http://akhq:8080',
  FULFILMENT_URL: 'https://fulfilment.example/orders',
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
      store: { kind: 'postgres', url: 'postgresql://orders:secret@db:5432/orders' },
      fulfilment: { kind: 'http', url: 'https://fulfilment.example/orders' },
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
      http: { host: '0.0.0.0', port: 65_535, serves: 'health', operations: true },
      page: {
        kind: 'on',
        statusTopic: 'other.replica-status',
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

    expect(http).toEqual({ host: '0.0.0.0', port: 0, serves: 'api', operations: true });
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
      page: { kind: 'on', statusTopic: 'app.order.replica-status', actions: 'all', akhqUrl: undefined },
      log: { level: 'info', format: 'json' },
    });
  });

  it('is without metrics, wherever they would be pushed, when they are off', () => {
    const { metrics } = loadConfig({ ...ALL, METRICS: 'off' });

    expect(metrics).toEqual({ kind: 'off' });
  });

  it('that migrates the store has what that takes', () => {
    expect(loadStoreConfig(POSTGRES)).toEqual({
      store: { kind: 'postgres', url: 'postgres://db/orders' },
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

  describe('in a file', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'secrets-'));
    });
    afterAll(() => rmSync(folder, { recursive: true }));
    const secretFile = (content: string) => {
      const file = join(folder, randomUUID());
      writeFileSync(file, content);
      return file;
    };

    it('is read from there, without the line break at the end', () => {
      const url = 'postgres://orders:secret@db/orders';
      for (const content of [url, `${url}\n`, `${url}\r\n`]) {
        const given = { STORE: 'postgres', DATABASE_URL_FILE: secretFile(content) };
        expect(loadConfig(given).store).toEqual({ kind: 'postgres', url });
      }
    });

    it('is read from there for Kafka, too', () => {
      const sasl = { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_MECHANISM: 'PLAIN' };
      const { messaging } = loadTopicsConfig({
        ...{ KAFKA_BROKERS: 'one:9093', ...sasl, KAFKA_SASL_USERNAME: 'orders' },
        KAFKA_SASL_PASSWORD_FILE: secretFile('secret\n'),
      });
      expect(messaging.security?.sasl).toMatchObject({ password: 'secret' });
    });

    it('is not read twice: the variable itself can’t be set, too', () => {
      const url = 'postgres://db/orders';
      expect(problemsOf({ DATABASE_URL: url, DATABASE_URL_FILE: secretFile(url) })).toEqual([
        'DATABASE_URL and DATABASE_URL_FILE are both set: set one of them',
      ]);
    });

    it.each([
      ['is not there', () => join(folder, 'none'), /ENOENT/],
      ['is empty', () => secretFile('\n'), /it is empty$/],
      ['is very long', () => secretFile('x'.repeat(2_000_000)), /it has more than 1 MiB$/],
    ])('is a problem when that %s', (_, file, problem) => {
      const [said, ...others] = problemsOf({ FULFILMENT_URL_FILE: file() });
      expect(said).toMatch(/^FULFILMENT_URL_FILE=\/\S+ can't be used: /);
      expect(said).toMatch(problem);
      expect(others).toEqual([]);
    });

    it('is not shown when it can’t be used', () => {
      expect(problemsOf({ DATABASE_URL_FILE: secretFile('mysql://orders:secret@db/orders') })).toEqual([
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
    ['Kafka with a store that forgets, not allowed', { ...kafka, ALLOW_VOLATILE_STORE: 'false' }, volatile],
  ])('are invalid: %s', (_what, environment, problem) => {
    expect(problemsOf(environment)).toEqual([problem]);
  });

  it.each([
    ['Kafka with PostgreSQL, in each role', { ...kafka, ...postgres, ROLE: 'consumer' }],
    ['Kafka with a store that forgets, when that is allowed', { ...kafka, ALLOW_VOLATILE_STORE: 'true' }],
    ['messages in memory with PostgreSQL', postgres],
    ['addresses that are not used', { KAFKA_BROKERS: 'one:9092', DATABASE_URL: 'postgres://db' }],
  ])('are not: %s', (_what, environment) => {
    expect(problemsOf(environment)).toEqual([]);
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
    expect(Object.keys(ALL).sort()).toEqual([...variables].sort());
  });

  it('shows defaults that are the defaults', () => {
    const examples = new Set(['KAFKA_BROKERS', 'DATABASE_URL']); // they have none
    const shown = Object.fromEntries(listed.filter(([name]) => !examples.has(name)));

    expect(loadConfig(shown)).toEqual(DEFAULTS);
  });
});
