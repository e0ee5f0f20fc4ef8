import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { PartitionProducer } from '../../../src/kafka/partition-producer.js';
import { RecordingLogger } from '../../support/recording-logger.js';
import { settled, StubProducers } from '../../support/stub-producers.js';

const NEVER = new Promise<never>(() => undefined);

let stubs: StubProducers;
let logger: RecordingLogger;

beforeEach(() => {
  stubs = new StubProducers();
  logger = new RecordingLogger();
});
afterEach(() => {
  jest.useRealTimers();
});

const newProducer = () => new PartitionProducer(stubs.newClient(), logger);

describe('the producer of a partition sender', () => {
  it('is idempotent, creates no topics, and has a client of its own', () => {
    newProducer();
    newProducer();

    const config = {
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 20 },
    };
    expect(stubs.made.map(({ config }) => config)).toEqual([config, config]);
  });

  it('numbers its records from 0 on, and from the beginning after the last number of 31 bits', () => {
    const producer = newProducer();
    expect(producer.sequence).toBe(0);

    producer.sent(2 ** 31 - 1);
    producer.sent(3);
    expect(producer.sequence).toBe(2);
  });

  it('ends alone', async () => {
    const ended = newProducer();
    newProducer();
    await ended.end();

    expect(stubs.made.map(({ disconnects, destroyed }) => [disconnects, destroyed])).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });

  it('logs a connection that can’t be made, and lives', async () => {
    const error = new Error('connection refused');
    stubs.connect = () => Promise.reject(error);
    newProducer();
    await settled();

    expect(logger.lines).toEqual([{ level: 'warn', message: 'no connection to Kafka', fields: { error } }]);
  });
});

describe('a producer that is ended', () => {
  it('has its connections destroyed after 2 s when it doesn’t disconnect', async () => {
    jest.useFakeTimers();
    const producer = newProducer();
    stubs.nth(0).disconnecting = () => NEVER;
    void producer.end();
    await jest.advanceTimersByTimeAsync(1_999);
    expect(stubs.nth(0).destroyed).toBe(0);

    await jest.advanceTimersByTimeAsync(1);
    expect(stubs.nth(0).destroyed).toBe(1);
  });

  it('has them destroyed when the disconnect fails, which is logged', async () => {
    const error = new Error('not connected');
    const producer = newProducer();
    stubs.nth(0).disconnecting = () => Promise.reject(error);
    await producer.end();

    expect(stubs.nth(0).destroyed).toBe(1);
    expect(logger.lines).toEqual([
      { level: 'debug', message: 'a producer did not disconnect cleanly', fields: { error } },
    ]);
  });
});
