import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { PartitionProducers } from '../../../src/kafka/partition-producers.js';
import { RecordingLogger } from '../../support/recording-logger.js';
import { settled, StubProducers } from '../../support/stub-producers.js';

const NEVER = new Promise<never>(() => undefined);

let stubs: StubProducers;
let logger: RecordingLogger;
let producers: PartitionProducers;

beforeEach(() => {
  stubs = new StubProducers();
  logger = new RecordingLogger();
  producers = new PartitionProducers(stubs.newClient, logger);
});
afterEach(() => {
  jest.useRealTimers();
});

describe('the producers of partition senders', () => {
  it('are none before one is asked for', () => {
    expect(stubs.made).toEqual([]);
  });

  it('are idempotent, create no topics, and have a client each', () => {
    expect(producers.create()).not.toBe(producers.create());

    const config = {
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 20 },
    };
    expect(stubs.made.map(({ config }) => config)).toEqual([config, config]);
  });

  it('number their records from 0 on, and from the beginning after the last number of 31 bits', () => {
    const producer = producers.create();
    expect(producer.sequence).toBe(0);

    producer.sent(2 ** 31 - 1);
    producer.sent(3);
    expect(producer.sequence).toBe(2);
  });

  it('end alone, or all together, each once', async () => {
    const failed = producers.create();
    producers.create();
    await producers.end(failed);
    expect(stubs.made.map(({ disconnects, destroyed }) => [disconnects, destroyed])).toEqual([
      [1, 1],
      [0, 0],
    ]);

    await producers.close();
    await producers.end(failed);
    await producers.close();
    expect(stubs.made.map(({ disconnects, destroyed }) => [disconnects, destroyed])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('are made no more once they are closed', async () => {
    await producers.close();

    expect(() => producers.create()).toThrow('closed');
    expect(stubs.made).toEqual([]);
  });

  it('log a connection that can’t be made, and live', async () => {
    const error = new Error('connection refused');
    stubs.connect = () => Promise.reject(error);
    producers.create();
    await settled();

    expect(logger.lines).toEqual([{ level: 'warn', message: 'no connection to Kafka', fields: { error } }]);
  });
});

describe('a producer that is ended', () => {
  it('has its connections destroyed after 2 s when it doesn’t disconnect', async () => {
    jest.useFakeTimers();
    producers.create();
    stubs.nth(0).disconnecting = () => NEVER;
    void producers.close();
    await jest.advanceTimersByTimeAsync(1_999);
    expect(stubs.nth(0).destroyed).toBe(0);

    await jest.advanceTimersByTimeAsync(1);
    expect(stubs.nth(0).destroyed).toBe(1);
  });

  it('has them destroyed when the disconnect fails, which is logged', async () => {
    const error = new Error('not connected');
    producers.create();
    stubs.nth(0).disconnecting = () => Promise.reject(error);
    await producers.close();

    expect(stubs.nth(0).destroyed).toBe(1);
    expect(logger.lines).toEqual([
      { level: 'debug', message: 'a producer did not disconnect cleanly', fields: { error } },
    ]);
  });
});
