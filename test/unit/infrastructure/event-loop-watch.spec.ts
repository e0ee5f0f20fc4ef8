import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { watchEventLoop } from '../../../src/infrastructure/system/event-loop-watch.js';
import { RecordingLogger } from '../../../packages/delivery/test/support/recording-logger.js';

let logger: RecordingLogger;
let stop: () => void;
let now: number;

beforeEach(() => {
  jest.useFakeTimers();
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  logger = new RecordingLogger();
  stop = watchEventLoop(10_000, logger);
});
afterEach(() => {
  stop();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

/** The timer of the watch fires after `ms`. */
function tickAfter(ms: number): void {
  now += ms;
  jest.advanceTimersByTime(500);
}

describe('the watch of the event loop', () => {
  it('warns when its timer is overdue by more than a second, with the session time-out to compare', () => {
    tickAfter(500 + 1_001);

    expect(logger.lines).toEqual([
      {
        level: 'warn',
        message: 'the event loop was blocked',
        fields: { blockedMs: 1_001, sessionTimeoutMs: 10_000 },
      },
    ]);
  });

  it('says nothing while its timer is in time, or overdue by up to a second', () => {
    tickAfter(500);
    tickAfter(1_500);
    tickAfter(500);

    expect(logger.lines).toEqual([]);
  });

  it('warns once for each time', () => {
    tickAfter(5_000);
    tickAfter(500);
    tickAfter(5_000);

    expect(logger.lines).toHaveLength(2);
  });

  it('ends', () => {
    stop();
    tickAfter(5_000);

    expect(logger.lines).toEqual([]);
  });
});
