import type { DeliverySettings, FeedSettings, GroupSettings } from '@order-service/delivery';
import type { KafkaSecurity } from '@order-service/delivery/kafka';
import type { TokenSettings } from '../../infrastructure/access/json-web-tokens.js';
import type { LogFormat } from '../../infrastructure/logging/log-format.js';
import type { LogLevel } from '../../infrastructure/logging/log-level.js';
import type { CertificatePaths } from '../../infrastructure/system/certificate-files.js';
import type { TracingSettings } from '../../infrastructure/telemetry/tracing/tracing.js';
import type { RetryPolicy } from '../../interfaces/messaging/disposition.js';

/** What the process is to do; `.env.example` explains the variable behind each. */
export interface Config {
  readonly role: 'all' | 'api' | 'consumer';
  readonly messaging: KafkaConfig | InMemoryMessagingConfig;
  readonly store: PostgresConfig | InMemoryStoreConfig;
  readonly fulfilment: HttpFulfilmentConfig | SimulatedFulfilmentConfig;
  readonly consumer: ConsumerConfig;
  /** A consumer without a port for its health has none. */
  readonly http: HttpConfig | undefined;
  /** Who may use the HTTP API. */
  readonly access: AccessConfig;
  /** The live page, and the reports that it needs. */
  readonly page: PageConfig;
  readonly metrics: MetricsConfig;
  /** On when there is a collector to send traces to. */
  readonly tracing: TracingConfig;
  readonly log: LogConfig;
  /** A stop that takes longer is ended. */
  readonly shutdownMs: number;
}

export interface KafkaConfig {
  readonly kind: 'kafka';
  readonly brokers: readonly string[];
  readonly security: KafkaSecurity | undefined;
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
}

export interface InMemoryMessagingConfig {
  readonly kind: 'in-memory';
  readonly topic: string;
  readonly partitions: number;
}

export interface PostgresConfig {
  readonly kind: 'postgres';
  readonly url: string;
  /** Connections of the process at a time. */
  readonly poolMax: number;
}

export interface InMemoryStoreConfig {
  readonly kind: 'in-memory';
  /** So many finished orders are kept, the newest. */
  readonly keptOrders: number;
}

export interface HttpFulfilmentConfig {
  readonly kind: 'http';
  readonly url: string;
  readonly token: SecretConfig | undefined;
  readonly signingKey: SecretConfig | undefined;
}

export interface SecretConfig {
  readonly value: string;
  /** Where it is, if it is in a file: it may be replaced there. */
  readonly file: string | undefined;
}

export interface SimulatedFulfilmentConfig {
  readonly kind: 'simulated';
  readonly delayMs: { readonly min: number; readonly max: number };
}

export interface ConsumerConfig {
  /** The names of the replicas in this process; an API has none. */
  readonly replicas: readonly string[];
  /** Of the names of those that are started later: `-2` and so on. */
  readonly replicaPrefix: string;
  readonly group: Required<GroupSettings>;
  readonly delivery: DeliverySettings;
  readonly retryPolicy: RetryPolicy;
}

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  readonly serves: 'api' | 'health';
  /** Whether the API has what operators use. */
  readonly operations: boolean;
  /** Whether everybody may see the metrics. */
  readonly openMetrics: boolean;
  /** With it HTTPS is served. */
  readonly certificate: CertificatePaths | undefined;
  /** Requests to the API that one client may send a second. */
  readonly rateLimit: number | undefined;
  /** Proxies in front that say truly where a request comes from. */
  readonly trustedProxies: number;
}

/** How clients prove who they are; with neither nobody is asked. */
export interface AccessConfig {
  readonly apiKeys: { readonly list: string } | { readonly file: string } | undefined;
  readonly tokens: TokenSettings | undefined;
}

export type PageConfig =
  | { readonly kind: 'off' }
  | {
      readonly kind: 'on';
      /** Where replicas report. */
      readonly status: FeedSettings;
      /** Where replicas are asked for something: a record of who asked whom for what. */
      readonly commands: FeedSettings;
      /** What who sees the page may have replicas do: to pause and resume, or to end and be started as well. */
      readonly actions: 'none' | 'pausing' | 'all';
      /** To link to. */
      readonly akhqUrl: string | undefined;
    };

export type MetricsConfig =
  | { readonly kind: 'off' }
  | {
      readonly kind: 'on';
      readonly instance: string;
      /** Pushes them by OTLP, too. */
      readonly push: { readonly intervalMs: number } | undefined;
    };

export type TracingConfig = { readonly kind: 'off' } | ({ readonly kind: 'on' } & TracingSettings);

export interface LogConfig {
  readonly level: LogLevel;
  readonly format: LogFormat;
}
