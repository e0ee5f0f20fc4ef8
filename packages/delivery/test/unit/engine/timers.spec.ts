import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { systemTimers } from '../../../src/engine/timers.js';

const callback = jest.fn();

beforeEach(() => {
  jest.useFakeTimers();
  callback.mockClear();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('the timers of the system', () => {
  it('tell how much time passed', () => {
    const before = systemTimers.now();
    jest.advanceTimersByTime(250);
    expect(systemTimers.now() - before).toBe(250);
  });

  it('call back once, after the delay', () => {
    systemTimers.after(100, callback);
    jest.advanceTimersByTime(99);
    expect(callback).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1_000);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('do not call back when that was cancelled', () => {
    const cancel = systemTimers.after(100, callback);
    cancel();
    jest.advanceTimersByTime(1_000);
    expect(callback).not.toHaveBeenCalled();
  });
  it('keep the process alive, so that a replica in memory goes on until it is stopped', () => {
    jest.useRealTimers();
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    const cancel = systemTimers.after(60_000, callback);
    const during = timers();
    cancel();

    expect([during - before, timers()]).toEqual([1, before]);
  });
});
