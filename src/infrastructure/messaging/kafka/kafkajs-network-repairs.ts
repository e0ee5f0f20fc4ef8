import { createRequire } from 'node:module';

interface Broker {
  connect: (this: Broker) => Promise<void>;
  isConnected: (this: Broker) => boolean;
}

interface Cluster {
  findGroupCoordinatorMetadata: (this: Cluster, group: object) => Promise<unknown>;
}

interface SocketRequest {
  readonly requestTimeout: number;
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
  destroy: (this: RequestQueue) => void;
}

const require = createRequire(import.meta.url);
const { prototype: broker } = require('kafkajs/src/broker') as { prototype: Broker };
const { prototype: cluster } = require('kafkajs/src/cluster') as { prototype: Cluster };
const { prototype: requestQueue } = require('kafkajs/src/network/requestQueue') as {
  prototype: RequestQueue;
};

/** What is replaced; kafkajs is pinned, and a test asserts that it is all there. */
export const repairedNetworkMethods = { broker, cluster, requestQueue };

const TIMEOUT_CHECK_MS = 100;

/** What a client does while brokers are away, or don't answer. */
export function repairNetwork(): void {
  lookForCoordinatorAgain();
  connectWhole();
  armTimerOnlyWhenNeeded();
  timeOutInAnyCase();
}

/** Where no broker says who coordinates the group, kafkajs ends the consumer for good: they may only be away. */
function lookForCoordinatorAgain(): void {
  const find = cluster.findGroupCoordinatorMetadata;
  cluster.findGroupCoordinatorMetadata = async function (group) {
    try {
      return await find.call(this, group);
    } catch (error) {
      const { name } = error as Error;
      throw name === 'KafkaJSGroupCoordinatorNotFound'
        ? Object.assign(error as Error, { retriable: true })
        : error;
    }
  };
}

/**
 * For kafkajs a broker is connected as soon as there is a connection, though it has yet to say which requests it knows.
 * Where it is slow to say so, as when it is starting, nobody asks again: whatever is sent to it fails, until the connection
 * ends, with an error that kafkajs takes for a bug.
 */
function connectWhole(): void {
  const { connect, isConnected } = broker;
  const known = new WeakSet<Broker>();
  broker.isConnected = function () {
    return known.has(this) && isConnected.call(this);
  };
  broker.connect = async function () {
    await connect.call(this);
    known.add(this);
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
 * kafkajs measures how long a request is unanswered on the clock of the machine: set back, none times out for as long. And
 * it stops measuring once a connection is being closed, which waits for the answers that are due: a broker that hangs
 * holds up what waits for that end, such as the restart of a consumer, for good.
 */
function timeOutInAnyCase(): void {
  const destroy = requestQueue.destroy;
  requestQueue.scheduleRequestTimeoutCheck = function () {
    clearInterval(this.requestTimeoutIntervalId);
    const seenAt = new WeakMap<SocketRequest, number>();
    this.requestTimeoutIntervalId = setInterval(() => {
      const now = performance.now();
      for (const request of this.inflight.values()) {
        const since = seenAt.get(request) ?? now;
        seenAt.set(request, since);
        if (now - since > request.requestTimeout) request.timeoutRequest();
      }
      if (!this.isConnected()) this.destroy();
    }, TIMEOUT_CHECK_MS);
  };
  requestQueue.destroy = function () {
    if (this.inflight.size === 0) destroy.call(this);
  };
}
