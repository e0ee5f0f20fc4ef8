import { hostname } from 'node:os';
import { z } from 'zod';
import { securityProblems } from './kafka-security.js';
import {
  brokers,
  certificateProblem,
  databaseUrl,
  fulfilmentUrl,
  httpUrl,
  integer,
  jwksUrl,
  listOf,
  matching,
  msRange,
  oneOf,
  pemFile,
  port,
  share,
  signingKey,
  token,
} from './variables.js';

/** The variables of the environment, in parts. What is needed with MESSAGING=kafka or STORE=postgres is so by type. */

const topic = {
  KAFKA_TOPIC: matching(/^[A-Za-z0-9._-]{1,200}$/, 'must be 1 to 200 of A-Z a-z 0-9 . _ -').default(
    'app.order.publish',
  ),
  KAFKA_PARTITIONS: integer(1, 10_000).default(5),
  KAFKA_REPLICATION_FACTOR: integer(1, 100).default(1),
};
export const kafka = z.object({ ...topic, KAFKA_BROKERS: brokers() });
const messaging = z.discriminatedUnion(
  'MESSAGING',
  [
    z.object({ ...topic, MESSAGING: z.literal('in-memory'), KAFKA_BROKERS: brokers().optional() }),
    z.object({ ...topic, MESSAGING: z.literal('kafka'), KAFKA_BROKERS: brokers(' with MESSAGING=kafka') }),
  ],
  { error: 'must be one of in-memory, kafka' },
);

export const security = z
  .object({
    KAFKA_SECURITY_PROTOCOL: oneOf('PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL').default('PLAINTEXT'),
    KAFKA_SASL_MECHANISM: oneOf('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER').optional(),
    KAFKA_SASL_USERNAME: z.string().optional(),
    KAFKA_SASL_PASSWORD: z.string().optional(),
    KAFKA_SASL_TOKEN_FILE: z.string().optional(),
    KAFKA_ALLOW_SASL_PLAINTEXT: oneOf('true', 'false').default('false'),
    KAFKA_SSL_CA: pemFile.optional(),
    KAFKA_SSL_CERT: pemFile.optional(),
    KAFKA_SSL_KEY: pemFile.optional(),
  })
  .superRefine((values, context) => {
    for (const problem of securityProblems(values)) context.addIssue(problem);
  });

const storeLimits = {
  IN_MEMORY_ORDERS: integer(1, 100_000_000).default(100_000),
  // at most one each for saves, finds, those who wait for orders, and the check: batches follow one another
  DATABASE_POOL_MAX: integer(1, 1_000).default(4),
};
export const postgres = z.object({ DATABASE_URL: databaseUrl() });
const store = z.discriminatedUnion(
  'STORE',
  [
    z.object({ ...storeLimits, STORE: z.literal('in-memory'), DATABASE_URL: databaseUrl().optional() }),
    z.object({
      ...storeLimits,
      STORE: z.literal('postgres'),
      DATABASE_URL: databaseUrl(' with STORE=postgres'),
    }),
  ],
  { error: 'must be one of in-memory, postgres' },
);

const general = z.object({
  ROLE: oneOf('all', 'api', 'consumer'),
  ALLOW_VOLATILE_STORE: oneOf('true', 'false').default('false'),
  REPLICAS: integer(1, 100).optional(),
  REPLICA_ID: matching(/^[A-Za-z0-9._-]{1,100}$/, 'must be 1 to 100 of A-Z a-z 0-9 . _ -').default(
    hostname(),
  ),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(5000),
  HEALTH_PORT: port.optional(),
  OPERATIONS_API: oneOf('on', 'off').optional(),
  FULFILMENT_URL: fulfilmentUrl.optional(),
  FULFILMENT_TOKEN: token.optional(),
  FULFILMENT_SIGNING_KEY: signingKey.optional(),
  FULFILMENT_DELAY_MS: msRange.default({ min: 1000, max: 3000 }),
  SHUTDOWN_MS: integer(15_000, 600_000).default(25_000),
});

const tls = z
  .object({ TLS_CERT: z.string().optional(), TLS_KEY: z.string().optional() })
  .superRefine(({ TLS_CERT: certFile, TLS_KEY: keyFile }, context) => {
    const problem = certificateProblem(certFile, keyFile);
    if (problem !== undefined) context.addIssue(problem);
  });

export const page = z.object({
  ROLE: z.string(), // decides the default of PAGE_ACTIONS
  PAGE: oneOf('on', 'off').default('on'),
  PAGE_ACTIONS: oneOf('on', 'off', 'all').optional(),
  AKHQ_URL: httpUrl.optional(),
});

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

const access = z.object({
  AUTH: listOf('none', 'api-key', 'jwt').default(['none']),
  ALLOW_ANONYMOUS: oneOf('true', 'false').default('false'),
  API_KEYS: z.string().optional(),
  API_KEYS_FILE: z.string().optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  JWT_JWKS_URL: jwksUrl.optional(),
  JWT_ALGORITHMS: listOf(...ALGORITHMS).default(['RS256', 'PS256', 'ES256', 'EdDSA']),
  JWT_CLIENT_CLAIM: matching(/^[\x21-\x7e]{1,100}$/, 'must be the name of a claim').default('sub'),
  JWT_SCOPE_PREFIX: matching(/^[\x21-\x7e]{0,100}$/, 'must be visible ASCII').optional(),
  METRICS_ACCESS: oneOf('read', 'open').default('read'),
  RATE_LIMIT: integer(1, 1_000_000).optional(),
  TRUST_PROXY: integer(0, 10).default(0),
});

const delivery = z.object({
  CONSUMER_CONCURRENCY: integer(1, 10_000).default(200),
  CONSUMER_MAX_PENDING_RECORDS: integer(1, 1_000_000).default(10_000),
  CONSUMER_MAX_PENDING_BYTES: integer(1, 1_073_741_824).default(16_777_216),
  COMMIT_INTERVAL_MS: integer(10, 60_000).default(200),
  HANDLER_TIMEOUT_MS: integer(100, 3_600_000).default(30_000),
});

const retries = z
  .object({
    RETRY_MAX_ATTEMPTS: integer(1, 1_000).default(10),
    RETRY_INITIAL_MS: integer(1, 3_600_000).default(1_000),
    RETRY_MAX_MS: integer(1, 3_600_000).default(60_000),
  })
  .superRefine(({ RETRY_INITIAL_MS: initialMs, RETRY_MAX_MS: maxMs }, context) => {
    if (initialMs > maxMs) {
      context.addIssue(`RETRY_INITIAL_MS=${initialMs} must be at most RETRY_MAX_MS=${maxMs}`);
    }
  });

const group = z
  .object({
    KAFKA_GROUP: z
      .string()
      .max(200, { error: 'must have at most 200 characters' })
      .default('app-consumer-group'),
    SESSION_TIMEOUT_MS: integer(6_000, 1_800_000).default(10_000),
    HEARTBEAT_INTERVAL_MS: integer(100, 600_000).default(1_000),
    REBALANCE_DRAIN_MS: integer(0, 900_000).default(4_000),
  })
  .superRefine((values, context) => {
    const { SESSION_TIMEOUT_MS, HEARTBEAT_INTERVAL_MS, REBALANCE_DRAIN_MS } = values;
    if (HEARTBEAT_INTERVAL_MS * 3 > SESSION_TIMEOUT_MS) {
      context.addIssue(
        `HEARTBEAT_INTERVAL_MS=${HEARTBEAT_INTERVAL_MS} must be at most a third of SESSION_TIMEOUT_MS=${SESSION_TIMEOUT_MS}`,
      );
    }
    if (REBALANCE_DRAIN_MS * 2 >= SESSION_TIMEOUT_MS) {
      context.addIssue(
        `REBALANCE_DRAIN_MS=${REBALANCE_DRAIN_MS} must be less than half of SESSION_TIMEOUT_MS=${SESSION_TIMEOUT_MS}`,
      );
    }
  });

const telemetry = z.object({
  METRICS: oneOf('on', 'off').default('on'),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_METRICS_EXPORTER: oneOf('otlp', 'none').default('otlp'),
  OTEL_METRIC_EXPORT_INTERVAL: integer(1_000, 3_600_000).default(60_000),
  OTEL_TRACES_SAMPLER: oneOf(
    'always_on',
    'always_off',
    'traceidratio',
    'parentbased_always_on',
    'parentbased_always_off',
    'parentbased_traceidratio',
  ).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: share.default(1),
});

export const log = z.object({
  LOG_LEVEL: oneOf('error', 'warn', 'info', 'debug').default('info'),
  LOG_FORMAT: oneOf('json', 'pretty').optional(),
  MESSAGING: z.string(), // decides the default format
});

/** All that the service reads. Problems are named in this order. */
export const service = {
  general,
  tls,
  access,
  page,
  delivery,
  retries,
  group,
  security,
  telemetry,
  log,
  messaging,
  store,
};
