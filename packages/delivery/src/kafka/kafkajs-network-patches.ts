import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';

// of a CommonJS package node finds these only here
const { KafkaJSError } = kafkajs;

interface Broker {
  connect: (this: Broker) => Promise<void>;
  isConnected: (this: Broker) => boolean;
}

interface Cluster {
  findGroupCoordinatorMetadata: (this: Cluster, group: object) => Promise<unknown>;
  metadata: (this: Cluster, topics: object) => Promise<unknown>;
  fetchTopicsOffset: (this: Cluster, topics: object[]) => Promise<unknown>;
}

interface Connection {
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
  connect: (this: Connection) => Promise<unknown>;
}

interface SocketRequest {
  readonly requestTimeout: number;
  /** On the clock of `performance.now()`; kafkajs has none. */
  dueAt: number;
  timeoutRequest(): void;
}

interface RequestQueue {
  pending: unknown[];
  readonly inflight: ReadonlyMap<number, SocketRequest>;
  readonly isConnected: () => boolean;
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  requestTimeoutIntervalId: NodeJS.Timeout | undefined;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
  sendSocketRequest: (this: RequestQueue, request: SocketRequest) => void;
  destroy: (this: RequestQueue) => void;
}

const require = createRequire(import.meta.url);
const { prototype: broker } = require('kafkajs/src/broker') as { prototype: Broker };
const { prototype: cluster } = require('kafkajs/src/cluster') as { prototype: Cluster };
const { prototype: connection } = require('kafkajs/src/network/connection') as { prototype: Connection };
const { prototype: requestQueue } = require('kafkajs/src/network/requestQueue') as {
  prototype: RequestQueue;
};

/** What is replaced; kafkajs is pinned, and a test asserts that it is all there. */
export const patchedNetworkMethods = { broker, cluster, connection, requestQueue };

/** Of the length that each answer begins with. */
const LENGTH_BYTES = 4;

/** What a client does while brokers are away, or don't answer. */
export function patchNetwork(): void {
  lookForCoordinatorAgain();
  askForMetadataAgain();
  lookForLeadersAgain();
  connectWhole();
  forgetTornAnswers();
  armTimerOnlyWhenNeeded();
  timeOutInAnyCase();
}

/** Where no broker says who coordinates the group, kafkajs ends the consumer for good: they may only be away. */
function lookForCoordinatorAgain(): void {
  const find = cluster.findGroupCoordinatorMetadata;
  cluster.findGroupCoordinatorMetadata = async function (group) {
    return retriable('KafkaJSGroupCoordinatorNotFound', find.call(this, group));
  };
}

/** An error of this name is none to give up for, as kafkajs would. */
async function retriable<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw (error as Error).name === name ? Object.assign(error as Error, { retriable: true }) : error;
  }
}

/** Where no broker answers, kafkajs hands on `null` as if that were the answer, and whoever reads it meets a TypeError. */
function askForMetadataAgain(): void {
  const ask = cluster.metadata;
  cluster.metadata = async function (topics) {
    const metadata = await ask.call(this, topics);
    if (metadata === null) throw new KafkaJSError('no broker answers');
    return metadata;
  };
}

/**
 * Where partitions have other leaders than it knows, an admin client of kafkajs can't say where they begin and end: it gives
 * up at once, and looks for leaders only when what it knows is five minutes old. Of an unknown topic it looks again.
 */
function lookForLeadersAgain(): void {
  const fetch = cluster.fetchTopicsOffset;
  cluster.fetchTopicsOffset = async function (topics) {
    try {
      return await fetch.call(this, topics);
    } catch (error) {
      const { type } = error as { readonly type?: string };
      throw type === 'NOT_LEADER_FOR_PARTITION'
        ? Object.assign(error as Error, { type: 'UNKNOWN_TOPIC_OR_PARTITION' })
        : error;
    }
  };
}

/**
 * For kafkajs a broker is connected as soon as there is a connection, though it has yet to say which requests it knows.
 * Where it is slow to say so, as when it is starting, nobody asks again: whatever is sent to it fails, until the connection
 * ends, with an error that kafkajs takes for a bug. And who waits too long for another one to connect ends for good.
 */
function connectWhole(): void {
  const { connect, isConnected } = broker;
  const known = new WeakSet<Broker>();
  broker.isConnected = function () {
    return known.has(this) && isConnected.call(this);
  };
  broker.connect = async function () {
    await retriable('KafkaJSLockTimeout', connect.call(this));
    known.add(this);
  };
}

/**
 * When a connection breaks in the middle of an answer, kafkajs keeps the half that it has, and takes what comes over the next
 * connection for the rest: from then on no answer is understood, though the broker is there.
 */
function forgetTornAnswers(): void {
  const connect = connection.connect;
  connection.connect = function () {
    if (!this.isConnected()) {
      this.chunks = [];
      this.bytesBuffered = 0;
      this.bytesNeeded = LENGTH_BYTES;
    }
    return connect.call(this);
  };
}

/** The original re-arms a timer of 1 ms for ever on each connection: 5 % of a core for five idle consumers. */
function armTimerOnlyWhenNeeded(): void {
  requestQueue.scheduleCheckPendingRequests = function () {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    const delayMs = Math.max(this.throttledUntil - Date.now(), 1);
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, delayMs);
  };
}

/**
 * kafkajs measures how long a request is unanswered on the clock of the machine: set back, none times out for as long. It
 * stops measuring once a connection is being closed, which waits for the answers that are due: a broker that hangs holds
 * up what waits for that end, such as the restart of a consumer, for good. And it looks ten times a second, on each
 * connection: a third of what an idle replica costs.
 */
function timeOutInAnyCase(): void {
  const { destroy, sendSocketRequest } = requestQueue;
  requestQueue.scheduleRequestTimeoutCheck = () => undefined;
  requestQueue.sendSocketRequest = function (request) {
    request.dueAt = performance.now() + request.requestTimeout;
    sendSocketRequest.call(this, request);
    armTimeout(this);
  };
  requestQueue.destroy = function () {
    if (this.inflight.size > 0) return;
    destroy.call(this);
    this.requestTimeoutIntervalId = undefined;
  };
}

/** For the request that is due first; when it was answered, the timer goes on to the next that isn't. */
function armTimeout(queue: RequestQueue): void {
  if (queue.requestTimeoutIntervalId !== undefined || queue.inflight.size === 0) return;
  const dueAt = Math.min(...Array.from(queue.inflight.values(), (request) => request.dueAt));
  queue.requestTimeoutIntervalId = setTimeout(() => {
    queue.requestTimeoutIntervalId = undefined;
    for (const request of [...queue.inflight.values()]) {
      if (request.dueAt <= performance.now()) request.timeoutRequest();
    }
    armTimeout(queue);
  }, dueAt - performance.now());
}
