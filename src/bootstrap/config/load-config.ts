import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { parseApiKeys } from '../../infrastructure/access/api-key-list.js';
import type {
  AccessConfig,
  Config,
  ConsumerConfig,
  HttpConfig,
  KafkaConfig,
  LogConfig,
  MetricsConfig,
  PageConfig,
  PostgresConfig,
  SecretConfig,
  TracingConfig,
} from './config.js';
import { contradictions } from './contradictions.js';
import { kafka, log, page, postgres, security, service } from './environment-schema.js';
import { DEPENDENCY_RETRY_INITIAL_MS, DEPENDENCY_RETRY_MAX_MS } from './limits.js';
import { InvalidConfig, readEnvironment, type Environment, type Values } from './environment.js';
import { toSecurity } from './kafka-security.js';

const REPLICAS_BY_DEFAULT = { all: 5, consumer: 1 };
const ACTIONS = { off: 'none', on: 'pausing', all: 'all' } as const;

type ServiceValues = Values<typeof service>;

/** @throws InvalidConfig with every problem at once */
export function loadConfig(environment: Environment, inTerminal = false): Config {
  const values = readEnvironment(environment, service, contradictions);
  const { ROLE: role, SHUTDOWN_MS: shutdownMs } = values.general;
  return {
    role,
    messaging: toMessaging(values),
    store: toStore(values.store),
    fulfilment: toFulfilment(values.general, environment),
    consumer: toConsumer(values),
    http: toHttp(values),
    access: toAccess(values),
    page: toPage(values.page, values.messaging.KAFKA_TOPIC),
    metrics: toMetrics(values),
    tracing: toTracing(values),
    log: toLog(values.log, inTerminal),
    shutdownMs,
  };
}

/** What it takes to create the topics. @throws InvalidConfig with every problem at once */
export function loadTopicsConfig(
  environment: Environment,
  inTerminal = false,
): { messaging: KafkaConfig; page: PageConfig; log: LogConfig } {
  const values = readEnvironment(environment, { kafka, security, page, log });
  return {
    messaging: toKafka(values.kafka, values.security),
    page: toPage(values.page, values.kafka.KAFKA_TOPIC),
    log: toLog(values.log, inTerminal),
  };
}

/** What it takes to migrate the store. @throws InvalidConfig with every problem at once */
export function loadStoreConfig(
  environment: Environment,
  inTerminal = false,
): { store: Pick<PostgresConfig, 'url'>; log: LogConfig } {
  const values = readEnvironment(environment, { postgres, log });
  return { store: { url: values.postgres.DATABASE_URL }, log: toLog(values.log, inTerminal) };
}

function toMessaging({ messaging, security }: ServiceValues): Config['messaging'] {
  if (messaging.MESSAGING === 'kafka') return toKafka(messaging, security);
  return { kind: 'in-memory', topic: messaging.KAFKA_TOPIC, partitions: messaging.KAFKA_PARTITIONS };
}

function toKafka(values: z.output<typeof kafka>, ofSecurity: ServiceValues['security']): KafkaConfig {
  return {
    kind: 'kafka',
    brokers: values.KAFKA_BROKERS,
    security: toSecurity(ofSecurity),
    topic: values.KAFKA_TOPIC,
    partitions: values.KAFKA_PARTITIONS,
    replicationFactor: values.KAFKA_REPLICATION_FACTOR,
  };
}

function toStore(values: ServiceValues['store']): Config['store'] {
  if (values.STORE === 'postgres') {
    return { kind: 'postgres', url: values.DATABASE_URL, poolMax: values.DATABASE_POOL_MAX };
  }
  return { kind: 'in-memory', keptOrders: values.IN_MEMORY_ORDERS };
}

function toFulfilment(values: ServiceValues['general'], environment: Environment): Config['fulfilment'] {
  const { FULFILMENT_URL: url, FULFILMENT_TOKEN: token, FULFILMENT_SIGNING_KEY: signingKey } = values;
  if (url === undefined) return { kind: 'simulated', delayMs: values.FULFILMENT_DELAY_MS };
  return {
    kind: 'http',
    url,
    token: toSecret(token, environment['FULFILMENT_TOKEN_FILE']),
    signingKey: toSecret(signingKey, environment['FULFILMENT_SIGNING_KEY_FILE']),
  };
}

/** An empty variable counts as absent. */
function toSecret(value: string | undefined, file: string | undefined): SecretConfig | undefined {
  return value === undefined ? undefined : { value, file: file === '' ? undefined : file };
}

function toConsumer({ general, group, delivery, retries }: ServiceValues): ConsumerConfig {
  return {
    replicas: replicaNames(general),
    replicaPrefix: general.REPLICA_ID,
    group: {
      groupId: group.KAFKA_GROUP,
      sessionTimeoutMs: group.SESSION_TIMEOUT_MS,
      heartbeatIntervalMs: group.HEARTBEAT_INTERVAL_MS,
      rebalanceTimeoutMs: group.SESSION_TIMEOUT_MS + group.REBALANCE_DRAIN_MS,
    },
    delivery: {
      concurrency: delivery.CONSUMER_CONCURRENCY,
      maxPendingRecords: delivery.CONSUMER_MAX_PENDING_RECORDS,
      maxPendingBytes: delivery.CONSUMER_MAX_PENDING_BYTES,
      commitIntervalMs: delivery.COMMIT_INTERVAL_MS,
      handlerTimeoutMs: delivery.HANDLER_TIMEOUT_MS,
      rejoinDrainMs: group.REBALANCE_DRAIN_MS,
      retryInitialMs: DEPENDENCY_RETRY_INITIAL_MS,
      retryMaxMs: DEPENDENCY_RETRY_MAX_MS,
    },
    retryPolicy: {
      maxAttempts: retries.RETRY_MAX_ATTEMPTS,
      initialMs: retries.RETRY_INITIAL_MS,
      maxMs: retries.RETRY_MAX_MS,
    },
  };
}

/** Several in one process are numbered. */
function replicaNames({ ROLE, REPLICAS, REPLICA_ID }: ServiceValues['general']): string[] {
  const count = ROLE === 'api' ? 0 : (REPLICAS ?? REPLICAS_BY_DEFAULT[ROLE]);
  if (count === 1) return [REPLICA_ID];
  return Array.from({ length: count }, (_, index) => `${REPLICA_ID}-${index + 1}`);
}

function toHttp({ general, tls, access, messaging }: ServiceValues): HttpConfig | undefined {
  const { ROLE, HOST: host, PORT, HEALTH_PORT, OPERATIONS_API } = general;
  const port = ROLE === 'consumer' ? HEALTH_PORT : PORT;
  if (port === undefined) return undefined;
  const operations = OPERATIONS_API ?? (messaging.MESSAGING === 'in-memory' ? 'on' : 'off');
  return {
    ...{ host, port },
    serves: ROLE === 'consumer' ? 'health' : 'api',
    operations: operations === 'on',
    openMetrics: access.METRICS_ACCESS === 'open',
    certificate: toCertificate(tls),
    ...{ rateLimit: access.RATE_LIMIT, trustedProxies: access.TRUST_PROXY },
  };
}

function toCertificate({ TLS_CERT: certFile, TLS_KEY: keyFile }: ServiceValues['tls']) {
  return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
}

function toAccess({ access }: ServiceValues): AccessConfig {
  const { AUTH, API_KEYS: list = '', API_KEYS_FILE: file } = access;
  if (AUTH.includes('api-key')) checkApiKeys(list, file);
  const { JWT_ISSUER: issuer = '', JWT_AUDIENCE: audience = '', JWT_JWKS_URL: jwksUrl = '' } = access;
  return {
    apiKeys: AUTH.includes('api-key') ? (file === undefined ? { list } : { file }) : undefined,
    tokens: AUTH.includes('jwt')
      ? {
          ...{ issuer, audience, jwksUrl },
          algorithms: access.JWT_ALGORITHMS,
          clientClaim: access.JWT_CLIENT_CLAIM,
          scopePrefix: access.JWT_SCOPE_PREFIX ?? '',
        }
      : undefined,
  };
}

/** @throws InvalidConfig */
function checkApiKeys(list: string, file: string | undefined): void {
  try {
    parseApiKeys(file === undefined ? list : readFileSync(file, 'utf8'));
  } catch (error) {
    const name = file === undefined ? 'API_KEYS' : `API_KEYS_FILE=${file}`;
    const lines = (error as Error).message.split('\n');
    throw new InvalidConfig(lines.map((line) => `${name} can't be used: ${line}`));
  }
}

function toPage(
  { ROLE, PAGE, PAGE_ACTIONS, AKHQ_URL: akhqUrl }: ServiceValues['page'],
  topic: string,
): PageConfig {
  if (PAGE === 'off') return { kind: 'off' };
  const actions = ACTIONS[PAGE_ACTIONS ?? (ROLE === 'all' ? 'all' : 'off')];
  const status = { topic: beside(topic, 'replica-status') };
  const commands = { topic: beside(topic, 'replica-commands'), isRecord: true };
  return { kind: 'on', status, commands, actions, akhqUrl };
}

/** With another last part: `app.order.replica-status` beside `app.order.publish`. */
function beside(topic: string, lastPart: string): string {
  return `${topic.replace(/(?<=.)\.[^.]*$/, '')}.${lastPart}`;
}

function toMetrics({ general, telemetry }: ServiceValues): MetricsConfig {
  if (telemetry.METRICS === 'off') return { kind: 'off' };
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_METRICS_EXPORTER: exporter } = telemetry;
  const isPushed = endpoint !== undefined && exporter === 'otlp';
  return {
    kind: 'on',
    instance: general.REPLICA_ID,
    push: isPushed ? { intervalMs: telemetry.OTEL_METRIC_EXPORT_INTERVAL } : undefined,
  };
}

function toTracing({ general, telemetry }: ServiceValues): TracingConfig {
  if (telemetry.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return { kind: 'off' };
  const { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio } = telemetry;
  return { kind: 'on', instance: general.REPLICA_ID, sampling: { sampler, ratio } };
}

function toLog({ LOG_LEVEL, LOG_FORMAT, MESSAGING }: ServiceValues['log'], inTerminal: boolean): LogConfig {
  const forPeople = inTerminal || MESSAGING === 'in-memory';
  return { level: LOG_LEVEL, format: LOG_FORMAT ?? (forPeople ? 'pretty' : 'json') };
}
