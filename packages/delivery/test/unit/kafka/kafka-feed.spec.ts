import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { KafkaFeed } from '../../../src/kafka/kafka-feed.js';
import { RecordingLogger } from '../../support/recording-logger.js';

const TOPIC = 'status';
const reader = { ends: () => Promise.resolve([]), poll: () => Promise.resolve([]), close: () => undefined };
const value = Buffer.from('a report');
let sent: string[];
let logger: RecordingLogger;

beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
  logger = new RecordingLogger();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A feed whose topic is there when `isReady` resolves. */
const feedWhen = (isReady: Promise<boolean>) => {
  let areClosed = false;
  const senders = {
    append: ({ key }: { readonly key: string }) => {
      if (areClosed) return Promise.reject(new Error('closed'));
      sent.push(key);
      return Promise.resolve({ partition: 0, offset: 0n });
    },
    close: () => {
      areClosed = true;
      return Promise.resolve();
    },
  };
  return new KafkaFeed(
    { topic: TOPIC },
    { isReady: () => isReady },
    senders as never,
    reader as never,
    logger,
  );
};

describe('a feed that is closed', () => {
  it('first appends what it took, the newest of each key', async () => {
    let ready = (_isReady: boolean): void => undefined;
    const feed = feedWhen(new Promise((resolve) => (ready = resolve)));
    const appended = [feed.append('a', value), feed.append('b', value), feed.append('b', value)];
    const closed = feed.close();
    setTimeout(() => ready(true), 1_000);
    await jest.advanceTimersByTimeAsync(1_000);
    await closed;
    expect(await Promise.all(appended)).toEqual([true, true, true]);
    expect(sent).toEqual(['a', 'b']);
    expect(await feed.append('c', value)).toBe(false);
  });

  it('waits four seconds for that, and tells the log when these are over', async () => {
    const feed = feedWhen(new Promise(() => undefined));
    void feed.append('a', value);
    let isClosed = false;
    const closed = feed.close().then(() => (isClosed = true));
    await jest.advanceTimersByTimeAsync(3_999);
    expect(isClosed).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    await closed;
    expect(logger.lines).toEqual([
      {
        level: 'debug',
        message: 'a feed was closed before all of it was appended',
        fields: { topic: TOPIC, reason: 'no response in time' },
      },
    ]);
  });
});
