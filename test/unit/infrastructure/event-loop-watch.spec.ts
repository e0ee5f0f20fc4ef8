import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { watchEventLoop } from '../../../src/infrastructure/system/event-loop-watch.js';

let told: number[];
let stop: () => void;
let now: number;

beforeEach(() => {
  jest.useFakeTimers();
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  told = [];
  stop = watchEventLoop((blockedMs) => told.push(blockedMs));
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
  it('tells when its timer is overdue by more than a second', () => {
    tickAfter(500 + 1_001);

    expect(told).toEqual([1_001]);
  });

  it('says nothing while its timer is in time, or overdue by up to a second', () => {
    tickAfter(500);
    tickAfter(1_500);
    tickAfter(500);

    expect(told).toEqual([]);
  });

  it('tells once for each time', () => {
    tickAfter(5_000);
    tickAfter(500);
    tickAfter(5_000);

    expect(told).toEqual([4_500, 4_500]);
  });

  it('tells all who watch, by one timer, until the last of them ends', () => {
    const others: number[] = [];
    const stopOther = watchEventLoop((blockedMs) => others.push(blockedMs));
    expect(jest.getTimerCount()).toBe(1);
    tickAfter(5_000);
    stop();
    tickAfter(5_000);
    stopOther();

    expect([told, others]).toEqual([[4_500], [4_500, 4_500]]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends', () => {
    stop();
    tickAfter(5_000);

    expect(told).toEqual([]);
  });
});
