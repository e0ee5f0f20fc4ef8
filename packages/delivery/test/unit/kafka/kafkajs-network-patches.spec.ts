import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { isBrokerUnavailable } from '../../../src/kafka/kafka-topic.js';
import { prototypes } from '../../../src/kafka/kafkajs-internals.js';
import { createErrorFromCode } from '../../../src/kafka/protocol-error.js';
import { patchKafkajs } from '../../support/patch-kafkajs.js';
import { unpatched } from '../../support/unpatched-kafkajs.js';

interface Queue {
  push(request: {
    entry: { correlationId: number; resolve?: () => void; reject?: (error: Error) => void };
    expectResponse: boolean;
    sendRequest: () => void;
  }): void;
  maybeThrottle(ms: number): void;
  checkPendingRequests(): void;
  fulfillRequest(response: { correlationId: number }): void;
  scheduleRequestTimeoutCheck(): void;
  waitForPendingRequests(): Promise<void>;
  destroy(): void;
}
type QueueClass = new (options: object) => Queue;

interface Cluster {
  findGroupCoordinatorMetadata(group: { groupId: string }): Promise<unknown>;
  metadata(question: { topics: string[] }): Promise<unknown>;
}

const REQUEST_TIMEOUT_MS = 1_000;
const queues: Queue[] = [];

function aQueue(QueueClass: QueueClass, isConnected = () => true): Queue {
  const nothing = () => undefined;
  const queue = new QueueClass({
    isConnected,
    maxInFlightRequests: null,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    clientId: 'test',
    broker: 'broker:9092',
    logger: { debug: nothing, warn: nothing },
  });
  queues.push(queue);
  return queue;
}

const Patched = prototypes.requestQueue.constructor as unknown as QueueClass;
const original = () => unpatched('requestQueue') as unknown as QueueClass;

beforeAll(() => {
  patchKafkajs();
});

describe('the request queue of a connection', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    for (const queue of queues.splice(0)) queue.destroy();
    jest.useRealTimers();
  });

  it.each(['pending', 'inflight', 'isConnected', 'throttledUntil', 'throttleCheckTimeoutId'])(
    'has the field that the patches read: %s',
    (field) => {
      expect(aQueue(original())).toHaveProperty(field);
    },
  );

  describe('the timer of a request queue', () => {
    // nothing is due that could time out
    const request = (sendRequest: () => void) => ({
      entry: { correlationId: 1, resolve: () => undefined },
      expectResponse: false,
      sendRequest,
    });

    it('is armed for ever in unpatched kafkajs', async () => {
      const queue = aQueue(original());
      queue.checkPendingRequests();
      await jest.advanceTimersByTimeAsync(60_000);

      expect(jest.getTimerCount()).toBe(1);
    });

    it('is not armed while nothing is pending', () => {
      const queue = aQueue(Patched);
      queue.checkPendingRequests();
      queue.push(request(() => undefined));

      expect(jest.getTimerCount()).toBe(0);
    });

    it('is armed while a request is held back, which is sent when the broker allows it', async () => {
      const send = jest.fn();
      const queue = aQueue(Patched);
      queue.maybeThrottle(500);
      queue.push(request(send));
      await jest.advanceTimersByTimeAsync(499);
      expect(send).not.toHaveBeenCalled();
      expect(jest.getTimerCount()).toBe(1);

      await jest.advanceTimersByTimeAsync(1);
      expect(send).toHaveBeenCalledTimes(1);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('is armed once, however many requests are held back', () => {
      const queue = aQueue(Patched);
      queue.maybeThrottle(500);
      for (let count = 0; count < 3; count++) queue.push(request(() => undefined));

      expect(jest.getTimerCount()).toBe(1);
    });
  });

  describe('a request without a response', () => {
    /** What becomes of it when `meanwhile` happens after it was sent. */
    async function fateOf(
      QueueClass: QueueClass,
      meanwhile: (connection: { isConnected: boolean }, queue: Queue) => void,
    ): Promise<{ readonly failure: string | undefined; readonly closed: boolean }> {
      const connection = { isConnected: true };
      const queue = aQueue(QueueClass, () => connection.isConnected);
      const reject = jest.fn((_error: Error) => undefined);
      queue.scheduleRequestTimeoutCheck();
      queue.push({
        entry: { correlationId: 1, reject },
        expectResponse: true,
        sendRequest: () => undefined,
      });
      await jest.advanceTimersByTimeAsync(REQUEST_TIMEOUT_MS / 2);
      meanwhile(connection, queue);
      const closed = jest.fn();
      void queue.waitForPendingRequests().then(closed);
      await jest.advanceTimersByTimeAsync(REQUEST_TIMEOUT_MS / 2 + 300);
      return { failure: reject.mock.calls[0]?.[0].name, closed: closed.mock.calls.length > 0 };
    }

    const clockSetBack = () => jest.setSystemTime(Date.now() - 3_600_000);
    const closing = (connection: { isConnected: boolean }) => {
      connection.isConnected = false;
    };
    const closedLate = (_connection: unknown, queue: Queue) => {
      queue.destroy();
    };

    it.each([
      ['the clock is set back', clockSetBack],
      ['its connection is being closed', closing],
      ['an earlier close of its connection ends', closedLate],
    ])('waits for good in unpatched kafkajs when %s', async (_when, meanwhile) => {
      expect(await fateOf(original(), meanwhile)).toEqual({ failure: undefined, closed: false });
    });

    it.each([
      ['all is well', () => undefined],
      ['the clock is set back', clockSetBack],
      ['its connection is being closed', closing],
      ['an earlier close of its connection ends', closedLate],
    ])('times out when %s, and the connection can be closed', async (_when, meanwhile) => {
      expect(await fateOf(Patched, meanwhile)).toEqual({
        failure: 'KafkaJSRequestTimeoutError',
        closed: true,
      });
    });

    it('times out when it was sent after one that had its response', async () => {
      const queue = aQueue(Patched);
      const [resolve, reject] = [jest.fn(), jest.fn()];
      const send = (correlationId: number) => {
        queue.push({
          entry: { correlationId, resolve, reject },
          expectResponse: true,
          sendRequest: () => undefined,
        });
      };
      send(1);
      await jest.advanceTimersByTimeAsync(REQUEST_TIMEOUT_MS / 2);
      queue.fulfillRequest({ correlationId: 1 });
      send(2);
      await jest.advanceTimersByTimeAsync(REQUEST_TIMEOUT_MS - 1);
      expect([resolve, reject].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);

      await jest.advanceTimersByTimeAsync(1);
      expect(reject).toHaveBeenCalledTimes(1);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('is waited for with one timer, which ends when nothing more is due', async () => {
      const queue = aQueue(Patched);
      for (let correlationId = 1; correlationId <= 3; correlationId++) {
        queue.push({
          entry: { correlationId, resolve: () => undefined },
          expectResponse: true,
          sendRequest: () => undefined,
        });
        expect(jest.getTimerCount()).toBe(1);
        queue.fulfillRequest({ correlationId });
      }
      await jest.advanceTimersByTimeAsync(REQUEST_TIMEOUT_MS);

      expect(jest.getTimerCount()).toBe(0);
    });

    it('leaves no timer when its connection is closed', async () => {
      await fateOf(Patched, closing);
      await jest.advanceTimersByTimeAsync(100);

      expect(jest.getTimerCount()).toBe(0);
    });
  });
});

describe('a coordinator that no broker knows', () => {
  const nobodyKnows = { brokerPool: { withBroker: () => Promise.resolve(undefined) } };
  const find = (prototype: object) =>
    (Object.assign(Object.create(prototype) as object, nobodyKnows) as unknown as Cluster)
      .findGroupCoordinatorMetadata({ groupId: 'group' })
      .catch((error: unknown) => error);

  it('ends a consumer of unpatched kafkajs for good', async () => {
    expect(await find(unpatched('cluster').prototype)).toMatchObject({
      name: 'KafkaJSGroupCoordinatorNotFound',
      retriable: false,
    });
  });

  it('is looked for again', async () => {
    expect(await find(prototypes.cluster)).toMatchObject({
      name: 'KafkaJSGroupCoordinatorNotFound',
      retriable: true,
    });
  });

  it('says so when this user may not ask for it', async () => {
    const refusal = createErrorFromCode(30);
    const refusing = { findGroupCoordinator: () => Promise.reject(refusal) };
    const brokerPool = {
      withBroker: () => Promise.resolve(null),
      findConnectedBroker: () => Promise.resolve(refusing),
    };
    const cluster = Object.assign(Object.create(prototypes.cluster) as object, { brokerPool });

    await expect(
      (cluster as unknown as Cluster).findGroupCoordinatorMetadata({ groupId: 'group' }),
    ).rejects.toBe(refusal);
  });
});

describe('a question to which no broker responds', () => {
  const ask = (prototype: object, metadata?: () => Promise<unknown>) => {
    const noneResponds = {
      retrier: (once: () => Promise<unknown>) => once(),
      brokerPool: {
        refreshMetadataIfNecessary: () => Promise.resolve(),
        withBroker: () => Promise.resolve(null),
        findConnectedBroker: () => Promise.resolve({ metadata }),
      },
    };
    const cluster = Object.assign(Object.create(prototype) as object, noneResponds) as unknown as Cluster;
    return cluster.metadata({ topics: [] });
  };

  it('has the response null in unpatched kafkajs', async () => {
    expect(await ask(unpatched('cluster').prototype)).toBeNull();
  });

  it('fails, and may be retried', async () => {
    const error = await ask(prototypes.cluster).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ message: 'no broker responds', retriable: true });
    expect(isBrokerUnavailable(error)).toBe(true);
  });

  it('fails with what the broker said when this user may not ask', async () => {
    const refusal = createErrorFromCode(29);

    await expect(ask(prototypes.cluster, () => Promise.reject(refusal))).rejects.toBe(refusal);
  });
});

describe('a broker that is slow to say which requests it knows', () => {
  /** What comes of one more connect, and of a request after it, when the response to the first connect is overdue. */
  async function afterOverdueResponse(prototype: object): Promise<unknown> {
    const overdue = Object.assign(new Error('timed out'), { retriable: true });
    const versions = { apiVersions: [{ apiKey: 3, minVersion: 0, maxVersion: 6 }] };
    const send = jest
      .fn<(request: object) => Promise<unknown>>()
      .mockRejectedValueOnce(overdue)
      .mockResolvedValueOnce(versions)
      .mockResolvedValue('metadata');
    const connection = {
      getSupportAuthenticationProtocol: () => false,
      authenticate: () => Promise.resolve(),
    };
    let isConnected = false;
    const connectionPool = {
      connectionTimeout: 1_000,
      isConnected: () => isConnected,
      getConnection: async () => {
        isConnected = true;
        return connection;
      },
      setVersions: () => undefined,
      send,
    };
    const Broker = prototype.constructor as new (options: object) => {
      connect(): Promise<void>;
      isConnected(): boolean;
      metadata(): Promise<unknown>;
    };
    const broker = new Broker({ connectionPool, logger: { namespace: () => undefined } });
    await expect(broker.connect()).rejects.toBe(overdue);
    await broker.connect();
    return [broker.isConnected(), await broker.metadata().catch((error: unknown) => error)];
  }

  it('is not asked again by unpatched kafkajs, and can’t be used', async () => {
    expect(await afterOverdueResponse(unpatched('broker').prototype)).toEqual([
      true,
      new Error('Broker not connected'),
    ]);
  });

  it('is asked again, and then connected', async () => {
    expect(await afterOverdueResponse(prototypes.broker)).toEqual([true, 'metadata']);
  });
});

describe('a connect that waits long for another one', () => {
  async function fate(prototype: object): Promise<unknown> {
    const Broker = prototype.constructor as new (options: object) => { connect(): Promise<void> };
    const connectionPool = {
      connectionTimeout: 10,
      isConnected: () => false,
      getConnection: () => new Promise(() => undefined),
    };
    const broker = new Broker({
      connectionPool,
      authenticationTimeout: 1,
      logger: { namespace: () => undefined },
    });
    void broker.connect();
    return broker.connect().catch((error: unknown) => error);
  }

  it('ends for good in unpatched kafkajs, and with it a consumer', async () => {
    expect(await fate(unpatched('broker').prototype)).toMatchObject({
      name: 'KafkaJSLockTimeout',
      retriable: false,
    });
  });

  it('retries', async () => {
    expect(await fate(prototypes.broker)).toMatchObject({
      name: 'KafkaJSLockTimeout',
      retriable: true,
    });
  });
});

describe('a response that breaks off with its connection', () => {
  afterEach(() => {
    for (const queue of queues.splice(0)) queue.destroy();
  });

  /** What is buffered once there is another connection. */
  async function leftOver(prototype: object): Promise<unknown> {
    const Connection = prototype.constructor as new (options: object) => {
      connect(): Promise<void>;
      processData(bytes: Buffer): void;
      bytesBuffered: number;
      bytesNeeded: number;
      requestQueue: Queue;
    };
    const nothing = () => undefined;
    const socketFactory = ({ onConnect }: { onConnect: () => void }) => {
      setImmediate(onConnect);
      return { on: nothing, setKeepAlive: nothing };
    };
    const logger = { debug: nothing, error: nothing, namespace: () => logger };
    const connection = new Connection({
      logger,
      socketFactory,
      connectionTimeout: 1_000,
      requestTimeout: REQUEST_TIMEOUT_MS,
    });
    connection.processData(Buffer.from([0, 0, 0, 100, 1, 2, 3]));
    await connection.connect();
    queues.push(connection.requestQueue);
    return { bytesBuffered: connection.bytesBuffered, bytesNeeded: connection.bytesNeeded };
  }

  it('is taken for the beginning of the next one in unpatched kafkajs', async () => {
    expect(await leftOver(unpatched('connection').prototype)).toEqual({ bytesBuffered: 7, bytesNeeded: 104 });
  });

  it('is dropped', async () => {
    expect(await leftOver(prototypes.connection)).toEqual({ bytesBuffered: 0, bytesNeeded: 4 });
  });
});
