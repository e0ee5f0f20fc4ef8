import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { ProducerPool } from '../../../../src/infrastructure/messaging/kafka/producer-pool.js';
import { RecordingLogger } from '../../../support/recording-logger.js';
import { settled, StubProducers } from '../../../support/stub-producers.js';

const NEVER = new Promise<never>(() => undefined);

let producers: StubProducers;
let logger: RecordingLogger;
let pool: ProducerPool;

beforeEach(() => {
  producers = new StubProducers();
  logger = new RecordingLogger();
  pool = new ProducerPool(producers.newClient, logger);
});
afterEach(() => {
  jest.useRealTimers();
});

const ended = () => producers.made.map(({ disconnects, destroyed }) => disconnects > 0 && destroyed > 0);

describe('a pool of producers', () => {
  it('makes none before one is asked for', () => {
    expect(producers.made).toEqual([]);
  });

  it('gives all lanes the same one: idempotent, on a client of its own, creating no topics', () => {
    expect(pool.acquire()).toBe(pool.acquire());

    expect(producers.made.map(({ config }) => config)).toEqual([
      {
        idempotent: true,
        allowAutoTopicCreation: false,
        createPartitioner: Partitioners.DefaultPartitioner,
        retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 20 },
      },
    ]);
  });

  it('gives a new one after one failed', () => {
    const first = pool.acquire();
    pool.discard(first);

    expect(pool.acquire()).not.toBe(first);
  });

  it('ends one that failed when its last lane has given it back, not before', async () => {
    const first = pool.acquire();
    pool.acquire();
    pool.discard(first);
    await settled();
    expect(ended()).toEqual([false]);

    pool.discard(first);
    await settled();
    expect(ended()).toEqual([true]);
  });

  it('keeps the newest one when an older one fails another lane', () => {
    const first = pool.acquire();
    pool.acquire();
    pool.discard(first);
    const second = pool.acquire();
    pool.discard(first);

    expect(pool.acquire()).toBe(second);
  });

  it('ends all when it is closed, each once', async () => {
    const failed = pool.acquire();
    pool.acquire();
    pool.discard(failed);
    pool.acquire();
    await pool.close();
    pool.discard(failed);
    await pool.close();

    expect(producers.made.map(({ disconnects, destroyed }) => [disconnects, destroyed])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('logs a connection that can’t be made, and lives', async () => {
    const error = new Error('connection refused');
    producers.connect = () => Promise.reject(error);
    pool.acquire();
    await settled();

    expect(logger.lines).toEqual([{ level: 'warn', message: 'no connection to Kafka', fields: { error } }]);
  });
});

describe('a producer that is ended', () => {
  it('has its connections destroyed after 2 s when it doesn’t disconnect', async () => {
    jest.useFakeTimers();
    pool.acquire();
    producers.nth(0).disconnecting = () => NEVER;
    void pool.close();
    await jest.advanceTimersByTimeAsync(1_999);
    expect(producers.nth(0).destroyed).toBe(0);

    await jest.advanceTimersByTimeAsync(1);
    expect(producers.nth(0).destroyed).toBe(1);
  });

  it('has them destroyed when the disconnect fails, which is logged', async () => {
    const error = new Error('not connected');
    pool.acquire();
    producers.nth(0).disconnecting = () => Promise.reject(error);
    await pool.close();

    expect(producers.nth(0).destroyed).toBe(1);
    expect(logger.lines).toEqual([
      { level: 'debug', message: 'a producer did not disconnect cleanly', fields: { error } },
    ]);
  });
});
