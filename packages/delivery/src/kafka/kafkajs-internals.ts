import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Cluster as KafkajsCluster } from 'kafkajs';

/** The release that the patches were written for, and that this package depends on. */
export const KAFKAJS_VERSION = '2.2.4';

interface Stringable {
  toString(): string;
}

export interface Assignment {
  readonly topic: string;
  readonly partitions: number[];
}

export interface OffsetCommit {
  topics: { topic: string; partitions: { partition: number; offset: Stringable }[] }[];
}

/** What a consumer joins by. Each has one, with a cluster of its own. */
export interface ConsumerGroup {
  readonly cluster: Cluster;
  readonly offsetManager: { nextOffset(topic: string, partition: number): Stringable };
  /** When the latest request was sent, on the clock of the machine. */
  lastRequest: number;
  readonly partitionsPerSubscribedTopic: ReadonlyMap<string, readonly number[]>;
  joinAndSync: () => Promise<void>;
  heartbeat: (options: { interval: number }) => Promise<void>;
  commitOffsets: (commit: OffsetCommit) => Promise<void>;
  leave: () => Promise<void>;
  recoverFromOffsetOutOfRange: (error: {
    readonly topic: string;
    readonly partition: number;
  }) => Promise<void>;
  assigned(): Assignment[];
  fetch(nodeId: string): Promise<unknown[]>;
}

interface MemberResponse {
  /** Of `syncGroup`. */
  readonly memberAssignment?: Buffer;
}

type MemberRequest = (request: object) => Promise<MemberResponse>;

/** Returns the request, and how its response is read. */
export type EncodeRequest = (fields: object) => unknown;

export interface Broker {
  /** `host:port` */
  readonly brokerAddress: string;
  readonly connectionPool: { send(exchange: object): Promise<unknown> };
  connect: () => Promise<void>;
  isConnected: () => boolean;
  joinGroup: MemberRequest;
  syncGroup: MemberRequest;
  heartbeat: MemberRequest;
  fetch: (request: object) => Promise<unknown>;
  lookupRequest: (...definition: unknown[]) => EncodeRequest;
  metadata(topics: readonly string[]): Promise<object>;
  findGroupCoordinator(group: object): Promise<never>;
  initProducerId(request: object): Promise<{ readonly producerId: string; readonly producerEpoch: number }>;
}

/** What a consumer, a producer or an admin client knows of the brokers. Each has one of its own. */
export type Cluster = Omit<KafkajsCluster, 'findBroker' | 'findGroupCoordinator' | 'metadata'> & {
  findBroker: (node: { readonly nodeId: string }) => Promise<Broker>;
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>;
  metadata(topics: object): Promise<object | null>;
  readonly brokerPool: { findConnectedBroker(): Promise<Broker> };
};

export interface Connection {
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
  connect: () => Promise<unknown>;
}

/** Made for each authentication of a connection. */
export interface SaslAuthenticator {
  readonly connection: {
    readonly sasl: object;
    readonly socket: Pick<Socket, 'destroy'>;
    disconnect(): Promise<unknown>;
  };
  authenticate: () => Promise<void>;
}

export interface SocketRequest {
  readonly requestTimeout: number;
  /** Ours, on the clock of `performance.now()`. */
  dueAt: number;
  timeoutRequest(): void;
}

export interface RequestQueue {
  pending: unknown[];
  readonly inflight: ReadonlyMap<number, SocketRequest>;
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  requestTimeoutIntervalId: NodeJS.Timeout | undefined;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests: () => void;
  scheduleRequestTimeoutCheck: () => void;
  sendSocketRequest: (request: SocketRequest) => void;
  destroy: () => void;
}

const require = createRequire(import.meta.url);

/** A module that kafkajs does not export, by its path in the package. */
export function kafkajsModule(path: string): unknown {
  try {
    return require(`kafkajs/${path}`);
  } catch (cause) {
    throw unsuitable(`it has no module '${path}'`, { cause });
  }
}

/** Of a method that kafkajs keeps behind a symbol. */
export function privateMethod(target: object, symbol: string): unknown {
  const key = Object.getOwnPropertySymbols(target).find(({ description }) => description === symbol);
  const method = key && (target as Record<symbol, unknown>)[key];
  if (typeof method !== 'function') throw unsuitable(`it has no ${target.constructor.name}[${symbol}]`);
  return method;
}

/** The same broker, with other requests. */
export function withRequests(broker: Broker, change: (encode: EncodeRequest) => EncodeRequest): Broker {
  const lookupRequest: Broker['lookupRequest'] = (...definition) =>
    change(broker.lookupRequest(...definition));
  return Object.assign(Object.create(broker) as Broker, { lookupRequest });
}

const replacements = new WeakSet<object>();

type Method = (...args: never[]) => unknown;
type MethodOf<T, Name extends keyof T> = Extract<T[Name], Method>;

/** Replaces a method for the whole process. Throws where there is none, and where it was replaced before. */
export function patch<T extends object, Name extends keyof T & string>(
  target: T,
  name: Name,
  replace: (
    original: MethodOf<T, Name>,
  ) => (this: T, ...args: Parameters<MethodOf<T, Name>>) => ReturnType<MethodOf<T, Name>>,
): void {
  const original: unknown = target[name];
  const method = `${target.constructor.name}.${name}`;
  if (typeof original !== 'function') throw unsuitable(`it has no ${method}`);
  if (replacements.has(original)) throw new Error(`kafkajs: ${method} is patched already`);
  const replacement = replace(original as MethodOf<T, Name>);
  replacements.add(replacement);
  Object.assign(target, { [name]: replacement });
}

function unsuitable(what: string, options?: ErrorOptions): Error {
  const { version } = require('kafkajs/package.json') as { version: string };
  return new Error(`kafkajs ${KAFKAJS_VERSION} is needed, ${version} was found: ${what}`, options);
}

function prototypeIn(path: string): unknown {
  return (kafkajsModule(path) as { prototype: unknown }).prototype;
}

/** What is patched. */
export const prototypes = {
  consumerGroup: prototypeIn('src/consumer/consumerGroup') as ConsumerGroup,
  broker: prototypeIn('src/broker') as Broker,
  cluster: prototypeIn('src/cluster') as Cluster,
  connection: prototypeIn('src/network/connection') as Connection,
  requestQueue: prototypeIn('src/network/requestQueue') as RequestQueue,
  saslAuthenticator: prototypeIn('src/broker/saslAuthenticator') as SaslAuthenticator,
};
