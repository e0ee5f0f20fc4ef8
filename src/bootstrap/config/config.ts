import type { DeliverySettings, GroupSettings } from '@order-service/delivery';
import type { LogFormat, LogLevel } from '../../infrastructure/logging/winston-logger.js';
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
  readonly log: LogConfig;
  /** A stop that takes longer is ended. */
  readonly shutdownMs: number;
}

export interface KafkaConfig {
  readonly kind: 'kafka';
  readonly brokers: readonly string[];
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
}

export interface InMemoryStoreConfig {
  readonly kind: 'in-memory';
  /** So many finished orders are kept, the newest. */
  readonly keptOrders: number;
}

export interface HttpFulfilmentConfig {
  readonly kind: 'http';
  readonly url: string;
}

export interface SimulatedFulfilmentConfig {
  readonly kind: 'simulated';
  readonly delayMs: { readonly min: number; readonly max: number };
}

export interface ConsumerConfig {
  /** The names of the replicas in this process; an API has none. */
  readonly replicas: readonly string[];
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
}

export interface LogConfig {
  readonly level: LogLevel;
  readonly format: LogFormat;
}
