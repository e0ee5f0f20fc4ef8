import { connect as connectTcp, type Socket } from 'node:net';
import { Kafka, logLevel, type Admin, type LogEntry } from 'kafkajs';
import { before } from '../engine/deadline.js';
import { failureText } from '../engine/failure-text.js';
import type { Logger } from '../engine/logger.js';
import { patchFetches } from './kafkajs-fetch-patch.js';
import { patchGroups } from './kafkajs-group-patches.js';
import { privateMethod, type Cluster } from './kafkajs-internals.js';
import { patchNetwork } from './kafkajs-network-patches.js';
import type { KafkaSecurity } from './kafka-security.js';
import { toSasl } from './sasl-authentication.js';
import { connectTls } from './tls-connection.js';

export interface KafkaClientSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** How long one request may wait for its response before it is retried. */
  readonly requestTimeoutMs: number;
  /** None by default. */
  readonly security?: KafkaSecurity | undefined;
}

/** A kafkajs client whose connections can be ended for good: after `disconnect()` kafkajs may connect again by itself. */
export interface KafkaClient {
  readonly kafka: Kafka;
  /** What reads through the connections of its own, with all the settings of this client. */
  newCluster(options: object): Cluster;
  /** Why the latest attempt to connect failed; `undefined` when it did not. */
  connectionProblem(): string | undefined;
  /** Destroys the sockets to one broker, `host:port`: what waits for its response fails, and what comes next connects anew. */
  drop(address: string): void;
  /** Destroys every socket and refuses new ones. */
  destroy(): void;
}

const CONNECT_TIMEOUT_MS = 1_000;
/** A broker that has just started takes a second for its first handshakes. */
const CONNECT_BY_TLS_TIMEOUT_MS = 3_000;

let patched = false;

/** The only place where a client of kafkajs is made, so that none is without the patches. */
export function createKafkaClient(settings: KafkaClientSettings, logger: Logger): KafkaClient {
  if (!patched) {
    patchGroups();
    patchFetches();
    patchNetwork();
    patched = true;
  }
  const sockets = new Map<Socket, string>();
  let destroyed = false;
  let problem: string | undefined;
  const { tls, sasl } = settings.security ?? {};
  const open = (host: string, port: number, onConnect: () => void): Socket => {
    const connected = () => {
      if (sasl === undefined) problem = undefined; // else the broker may still refuse
      onConnect();
    };
    if (tls === undefined) return connectTcp({ host, port, noDelay: true, keepAlive: true }, connected);
    try {
      return connectTls({ host, port }, tls, connected);
    } catch (error) {
      problem = failureText(error);
      throw error;
    }
  };
  const kafka = new Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    connectionTimeout: tls === undefined ? CONNECT_TIMEOUT_MS : CONNECT_BY_TLS_TIMEOUT_MS,
    ...(sasl !== undefined && { sasl: toSasl(sasl, (refusal) => (problem = refusal)) }),
    requestTimeout: settings.requestTimeoutMs,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      logKafkajs(logger, entry);
    },
    socketFactory: ({ host, port, onConnect }) => {
      const socket = open(host, port, onConnect);
      if (destroyed) socket.destroy(new Error('this Kafka client was destroyed'));
      sockets.set(socket, `${host}:${port}`);
      socket.once('error', (error) => (problem = failureText(error)));
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
  });
  return {
    kafka,
    newCluster: privateMethod(kafka, 'private:Kafka:createCluster') as KafkaClient['newCluster'],
    connectionProblem: () => problem,
    drop: (address) => {
      for (const [socket, to] of sockets)
        if (to === address) socket.destroy(new Error('the broker did not respond in time'));
    },
    destroy: () => {
      destroyed = true;
      for (const socket of sockets.keys()) socket.destroy();
    },
  };
}

/** Ends a client, even where a disconnect of kafkajs never settles. Rejects with what was wrong with that. */
export async function disconnect(
  client: Pick<KafkaClient, 'destroy'>,
  connected: Pick<Admin, 'disconnect'>,
  deadlineMs: number,
): Promise<void> {
  try {
    await before(deadlineMs, connected.disconnect());
  } finally {
    client.destroy();
  }
}

/** kafkajs calls an ordinary rebalance or reconnect an error; what it can't recover from reaches us as a rejection. */
function logKafkajs(logger: Logger, { namespace, log }: LogEntry): void {
  const { message, timestamp: _timestamp, logger: _logger, ...fields } = log;
  logger.debug(`kafkajs: ${message}`, { namespace, ...fields });
}
