import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { isBrokerUnavailable } from '../../../src/kafka/kafka-topic.js';
import { prototypes } from '../../../src/kafka/kafkajs-internals.js';
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
  fulfillRequest(answer: { correlationId: number }): void;
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

function queueOf(QueueClass: QueueClass, isConnected = () => true): Queue {
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

const Repaired = prototypes.requestQueue.constructor as unknown as QueueClass;
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
    'has the field that the repairs read: %s',
    (field) => {
      expect(queueOf(original())).toHaveProperty(field);
    },
  );

  describe('the timer of a request queue', () => {
    // nothing is due that could time out
    const request = (sendRequest: () => void) => ({
      entry: { correlationId: 1, resolve: () => undefined },
      expectResponse: false,
      sendRequest,
    });

    it('is armed for ever in kafkajs as it came: that is what is mended', async () => {
      const queue = queueOf(original());
      queue.checkPendingRequests();
      await jest.advanceTimersByTimeAsync(60_000);

      expect(jest.getTimerCount()).toBe(1);
    });

    it('is not armed while nothing is pending', () => {
      const queue = queueOf(Repaired);
      queue.checkPendingRequests();
      queue.push(request(() => undefined));

      expect(jest.getTimerCount()).toBe(0);
    });

    it('is armed while a request is held back, which is sent when the broker allows it', async () => {
      const send = jest.fn();
      const queue = queueOf(Repaired);
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
      const queue = queueOf(Repaired);
      queue.maybeThrottle(500);
      for (let count = 0; count < 3; count++) queue.push(request(() => undefined));

      expect(jest.getTimerCount()).toBe(1);
    });
  });

  describe('a request that is never answered', () => {
    /** What becomes of it when `meanwhile` happens after it was sent. */
    async function fateOf(
      QueueClass: QueueClass,
      meanwhile: (connection: { isConnected: boolean }, queue: Queue) => void,
    ): Promise<{ readonly failure: string | undefined; readonly closed: boolean }> {
      const connection = { isConnected: true };
      const queue = queueOf(QueueClass, () => connection.isConnected);
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
    ])('waits for good with kafkajs as it came when %s: that is what is mended', async (_when, meanwhile) => {
      expect(await fateOf(original(), meanwhile)).toEqual({ failure: undefined, closed: false });
    });

    it.each([
      ['all is well', () => undefined],
      ['the clock is set back', clockSetBack],
      ['its connection is being closed', closing],
      ['an earlier close of its connection ends', closedLate],
    ])('times out when %s, and the connection can be closed', async (_when, meanwhile) => {
      expect(await fateOf(Repaired, meanwhile)).toEqual({
        failure: 'KafkaJSRequestTimeoutError',
        closed: true,
      });
    });

    it('times out when it was sent after one that was answered', async () => {
      const queue = queueOf(Repaired);
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
      const queue = queueOf(Repaired);
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
      await fateOf(Repaired, closing);
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

  it('ends a consumer of kafkajs as it came for good: that is what is mended', async () => {
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
});

describe('a question that no broker answers', () => {
  const ask = (prototype: object) => {
    const noneAnswers = {
      retrier: (once: () => Promise<unknown>) => once(),
      brokerPool: {
        refreshMetadataIfNecessary: () => Promise.resolve(),
        withBroker: () => Promise.resolve(null),
      },
    };
    const cluster = Object.assign(Object.create(prototype) as object, noneAnswers) as unknown as Cluster;
    return cluster.metadata({ topics: [] });
  };

  it('has the answer null in kafkajs as it came: that is what is mended', async () => {
    expect(await ask(unpatched('cluster').prototype)).toBeNull();
  });

  it('fails, which is no reason to give up', async () => {
    const error = await ask(prototypes.cluster).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ message: 'no broker responds', retriable: true });
    expect(isBrokerUnavailable(error)).toBe(true);
  });
});

describe('a broker that is slow to say which requests it knows', () => {
  /** What comes of one more connect, and of a request after it, when the answer to the first connect was late. */
  async function afterLateAnswer(prototype: object): Promise<unknown> {
    const late = Object.assign(new Error('timed out'), { retriable: true });
    const versions = { apiVersions: [{ apiKey: 3, minVersion: 0, maxVersion: 6 }] };
    const send = jest
      .fn<(request: object) => Promise<unknown>>()
      .mockRejectedValueOnce(late)
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
    await expect(broker.connect()).rejects.toBe(late);
    await broker.connect();
    return [broker.isConnected(), await broker.metadata().catch((error: unknown) => error)];
  }

  it('is not asked again by kafkajs as it came, and good for nothing: that is what is mended', async () => {
    expect(await afterLateAnswer(unpatched('broker').prototype)).toEqual([
      true,
      new Error('Broker not connected'),
    ]);
  });

  it('is asked again, and then connected', async () => {
    expect(await afterLateAnswer(prototypes.broker)).toEqual([true, 'metadata']);
  });
});

describe('who waits for long while another one connects to a broker', () => {
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

  it('gives up for good with kafkajs as it came, and with it a consumer: that is what is mended', async () => {
    expect(await fate(unpatched('broker').prototype)).toMatchObject({
      name: 'KafkaJSLockTimeout',
      retriable: false,
    });
  });

  it('tries again', async () => {
    expect(await fate(prototypes.broker)).toMatchObject({
      name: 'KafkaJSLockTimeout',
      retriable: true,
    });
  });
});

describe('an answer that breaks off with its connection', () => {
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

  it('is taken for the beginning of what comes next in kafkajs as it came: that is what is mended', async () => {
    expect(await leftOver(unpatched('connection').prototype)).toEqual({ bytesBuffered: 7, bytesNeeded: 104 });
  });

  it('is forgotten', async () => {
    expect(await leftOver(prototypes.connection)).toEqual({ bytesBuffered: 0, bytesNeeded: 4 });
  });
});
