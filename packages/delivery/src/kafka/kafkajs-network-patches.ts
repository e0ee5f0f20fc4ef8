import kafkajs from 'kafkajs';
import { retryWhenNotAuthorized } from './authorization.js';
import { patch, prototypes, type Broker, type Cluster, type RequestQueue } from './kafkajs-internals.js';
import { isNotAuthorized } from './protocol-error.js';
import { authenticateClearly } from './sasl-authentication.js';

// of a CommonJS package node finds these only here
const { KafkaJSError } = kafkajs;
const { broker, cluster, connection, requestQueue, saslAuthenticator } = prototypes;

/** Of the length that each response begins with. */
const LENGTH_BYTES = 4;

/** What a client does while brokers are unavailable, or don't respond. */
export function patchNetwork(): void {
  lookForCoordinatorAgain();
  askForMetadataAgain();
  lookForLeadersAgain();
  connectCompletely();
  sayWhoIsRefused();
  dropTornResponses();
  armTimerOnlyWhenNeeded();
  timeOutInAnyCase();
}

/**
 * Where no broker says who coordinates the group, kafkajs ends the consumer for good: they may only be unavailable. And it
 * keeps to itself what they said.
 */
function lookForCoordinatorAgain(): void {
  patch(cluster, 'findGroupCoordinatorMetadata', (find) => {
    return async function (group) {
      try {
        return await find.call(this, group);
      } catch (error) {
        if ((error as Error).name !== 'KafkaJSGroupCoordinatorNotFound') throw error;
        await refusedBy(this, (asked) => asked.findGroupCoordinator(group));
        throw Object.assign(error as Error, { retriable: true });
      }
    };
  });
}

/** Asks one broker again: rejects when it says that this user may not ask, and only then. */
async function refusedBy(asked: Cluster, question: (broker: Broker) => Promise<unknown>): Promise<void> {
  try {
    await question(await asked.brokerPool.findConnectedBroker());
  } catch (error) {
    if (isNotAuthorized(error)) throw error;
  }
}

/** Marks an error of this name as one to retry, which for kafkajs it is not. */
async function retriable<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw (error as Error).name === name ? Object.assign(error as Error, { retriable: true }) : error;
  }
}

/** Where no broker responds, kafkajs returns `null` as if that were the response, and its reader meets a TypeError. */
function askForMetadataAgain(): void {
  patch(cluster, 'metadata', (ask) => {
    return async function (topics) {
      const metadata = await ask.call(this, topics);
      if (metadata !== null) return metadata;
      await refusedBy(this, (asked) => asked.metadata((topics as { topics: string[] }).topics));
      throw new KafkaJSError('no broker responds');
    };
  });
}

/**
 * Where partitions have other leaders than it knows, an admin client of kafkajs can't say where they begin and end: it fails
 * at once, and looks for leaders only when what it knows is five minutes old. Of an unknown topic it looks again.
 */
function lookForLeadersAgain(): void {
  patch(cluster, 'fetchTopicsOffset', (fetch) => {
    return async function (topics) {
      try {
        return await fetch.call(this, topics);
      } catch (error) {
        const { type } = error as { readonly type?: string };
        throw type === 'NOT_LEADER_FOR_PARTITION'
          ? Object.assign(error as Error, { type: 'UNKNOWN_TOPIC_OR_PARTITION' })
          : error;
      }
    };
  });
}

/**
 * For kafkajs a broker is connected as soon as there is a connection, before it has said which requests it knows. Where it
 * is slow to say so, as when it starts, it is not asked again: all that is sent to it fails until the connection ends. And
 * a consumer that waits too long for another connect ends for good.
 */
function connectCompletely(): void {
  const connected = new WeakSet<Broker>();
  patch(broker, 'isConnected', (isConnected) => {
    return function () {
      return connected.has(this) && isConnected.call(this);
    };
  });
  patch(broker, 'connect', (connect) => {
    return async function () {
      await retriable('KafkaJSLockTimeout', connect.call(this));
      connected.add(this);
      retryWhenNotAuthorized(this);
    };
  });
}

/** For kafkajs a refusal is the end of a consumer. It is put right by an operator: until then it is an outage like others. */
function sayWhoIsRefused(): void {
  patch(saslAuthenticator, 'authenticate', (authenticate) => {
    return function () {
      return authenticateClearly(this, () => authenticate.call(this));
    };
  });
}

/**
 * When a connection breaks in the middle of a response, kafkajs keeps that half, and takes what the next connection brings
 * for the rest: from then on it understands no response.
 */
function dropTornResponses(): void {
  patch(connection, 'connect', (connect) => {
    return function () {
      if (!this.isConnected()) {
        this.chunks = [];
        this.bytesBuffered = 0;
        this.bytesNeeded = LENGTH_BYTES;
      }
      return connect.call(this);
    };
  });
}

/** The original re-arms a timer of 1 ms for ever on each connection: 5 % of a core for five idle consumers. */
function armTimerOnlyWhenNeeded(): void {
  patch(requestQueue, 'scheduleCheckPendingRequests', () => {
    return function () {
      if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
      const delayMs = Math.max(this.throttledUntil - Date.now(), 1);
      this.throttleCheckTimeoutId = setTimeout(() => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      }, delayMs);
    };
  });
}

/**
 * kafkajs measures a request on the clock of the machine: set back, none times out for as long. It stops measuring once a
 * connection is being closed, which waits for the responses that are due: a broker that hangs holds up a consumer's restart
 * for good. And it looks ten times a second, on each connection: a third of what an idle replica costs.
 */
function timeOutInAnyCase(): void {
  patch(requestQueue, 'scheduleRequestTimeoutCheck', () => () => undefined);
  patch(requestQueue, 'sendSocketRequest', (send) => {
    return function (request) {
      request.dueAt = performance.now() + request.requestTimeout;
      send.call(this, request);
      armTimeout(this);
    };
  });
  patch(requestQueue, 'destroy', (destroy) => {
    return function () {
      if (this.inflight.size > 0) return;
      destroy.call(this);
      this.requestTimeoutIntervalId = undefined;
    };
  });
}

/** For the request that is due first; once it has its response, the timer goes on to the next one. */
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
  queue.requestTimeoutIntervalId.unref(); // a connection that is open keeps the process alive, no other needs this
}
