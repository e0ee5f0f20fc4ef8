import { beforeEach, describe, expect, it } from '@jest/globals';
import { CircuitBreaker } from '../../../src/engine/circuit-breaker.js';
import { ManualTimers } from '../../support/manual-timers.js';
import { RecordingLogger } from '../../support/recording-logger.js';

const TRIAL_MS = 200;
const failure = new Error('connection refused');

let timers: ManualTimers;
let logger: RecordingLogger;
let circuitBreaker: CircuitBreaker;
let changes: number;

beforeEach(() => {
  timers = new ManualTimers();
  logger = new RecordingLogger();
  changes = 0;
  circuitBreaker = new CircuitBreaker(TRIAL_MS, timers, logger, () => {
    changes++;
  });
});

const admitted = () => Array.from({ length: 3 }, () => circuitBreaker.admits());
/** When trials could start in the next `ms`. */
async function trialsWithin(ms: number): Promise<number[]> {
  const trials: number[] = [];
  for (let passed = 0; passed < ms; passed += 50) {
    await timers.pass(50);
    if (admitted().includes(true)) trials.push(timers.now());
  }
  return trials;
}
const suspect = (...keys: string[]) => keys.map((key) => circuitBreaker.suspect(key, failure));

describe('a circuit breaker', () => {
  it('admits everything while nothing is unavailable', () => {
    expect(admitted()).toEqual([true, true, true]);
  });

  it('opens at once when a dependency is unavailable, and says so once', () => {
    circuitBreaker.unavailable(failure);
    circuitBreaker.unavailable(failure);
    expect(circuitBreaker.isOpen).toBe(true);
    expect(admitted()).toEqual([false, false, false]);
    expect(logger.lines).toEqual([
      {
        level: 'warn',
        message: 'circuit breaker open: a dependency is unavailable, no attempt is counted',
        fields: { reason: 'connection refused' },
      },
    ]);
  });

  it('opens when five different keys in a row failed', () => {
    expect(suspect('a', 'b', 'c', 'd')).toEqual([false, false, false, false]);
    expect(suspect('e')).toEqual([true]);
  });

  it('does not open for one key that fails again and again', () => {
    expect(suspect('a', 'a', 'a', 'a', 'a', 'a', 'a')).not.toContain(true);
  });

  it('does not open when a record succeeded between', () => {
    suspect('a', 'b', 'c', 'd');
    circuitBreaker.succeeded();
    expect(suspect('e', 'f', 'g', 'h')).not.toContain(true);
  });

  it('admits one trial now and then while it is open, less and less often, at least every two seconds', async () => {
    circuitBreaker.unavailable(failure);
    expect(await trialsWithin(8_000)).toEqual([200, 400, 800, 1_600, 3_200, 5_200, 7_200]);
  });

  it('keeps a trial that nobody could use for the next one who asks', async () => {
    circuitBreaker.unavailable(failure);
    await timers.pass(TRIAL_MS);
    await timers.pass(50);
    expect(admitted()).toEqual([true, false, false]);
  });

  it('starts a trial at once when it opens on suspicion', async () => {
    suspect('a', 'b', 'c', 'd', 'e');
    await timers.pass(0);
    expect(admitted()).toEqual([true, false, false]);
  });

  it('closes with the first success, says how long it was open, and starts no more trials', async () => {
    await timers.pass(1_000);
    circuitBreaker.unavailable(failure);
    await timers.pass(500);
    const before = changes;
    circuitBreaker.succeeded();
    expect(circuitBreaker.isOpen).toBe(false);
    expect(admitted()).toEqual([true, true, true]);
    expect(logger.lines.at(-1)).toEqual({
      level: 'info',
      message: 'circuit breaker closed: the dependency is available again',
      fields: { reason: 'connection refused', afterMs: 500 },
    });
    expect(changes).toBe(before + 1);
    expect(timers.waiting).toBe(0);
  });

  it('tells its owner when it opens, and when a trial is due', async () => {
    circuitBreaker.unavailable(failure);
    expect(changes).toBe(1);
    await timers.pass(TRIAL_MS);
    expect(changes).toBe(2);
  });

  it('says nothing of a success while it is closed', () => {
    circuitBreaker.succeeded();
    expect(logger.lines).toEqual([]);
    expect(changes).toBe(0);
  });

  it('does not keep a trial of one outage for the next', async () => {
    circuitBreaker.unavailable(failure);
    await timers.pass(TRIAL_MS);
    circuitBreaker.succeeded();
    circuitBreaker.unavailable(failure);
    expect(admitted()).toEqual([false, false, false]);
  });

  it('starts trials as often in the next outage as it did at the beginning of the one before', async () => {
    circuitBreaker.unavailable(failure);
    await timers.pass(5_000);
    circuitBreaker.succeeded();
    circuitBreaker.unavailable(failure);
    changes = 0;
    await timers.pass(2 * TRIAL_MS);
    expect(changes).toBe(2);
  });

  it('starts no more trials once it is stopped', async () => {
    circuitBreaker.unavailable(failure);
    await timers.pass(TRIAL_MS);
    circuitBreaker.stop();
    expect(timers.waiting).toBe(0);
    expect(admitted()).toEqual([false, false, false]);
  });

  it('starts no trial before what it is asked for is over, and then as often as ever', async () => {
    circuitBreaker.unavailable(failure, 3_000);
    expect(await trialsWithin(4_000)).toEqual([3_000, 3_200, 3_600]);
  });

  it('starts no trial before what a trial is asked for is over', async () => {
    circuitBreaker.unavailable(failure);
    await timers.pass(TRIAL_MS);
    circuitBreaker.unavailable(failure, 1_000);
    expect(await trialsWithin(1_500)).toEqual([1_200, 1_600]);
  });

  it('starts no trial before what it is asked for is over when it opens on suspicion', async () => {
    for (const key of 'abcde') circuitBreaker.suspect(key, failure, 3_000);
    expect(await trialsWithin(3_000)).toEqual([3_000]);
  });

  it('starts a trial after five minutes whatever it is asked for', async () => {
    circuitBreaker.unavailable(failure, 86_400_000);
    await timers.pass(299_999);
    expect(admitted()).toEqual([false, false, false]);
    await timers.pass(1);
    expect(admitted()).toEqual([true, false, false]);
  });

  it('says while it is open why it opened', () => {
    circuitBreaker.unavailable(new Error('line one\nline two', { cause: failure }));
    circuitBreaker.unavailable(new Error('another'));
    expect(circuitBreaker.reason).toBe('line one line two: connection refused');
    circuitBreaker.succeeded();
    expect(circuitBreaker.reason).toBeUndefined();
  });

  it('knows whether it closed since some moment', async () => {
    circuitBreaker.unavailable(failure);
    await timers.pass(100);
    expect(circuitBreaker.closedSince(0)).toBe(false);
    circuitBreaker.succeeded();
    expect(circuitBreaker.closedSince(99)).toBe(true);
    expect(circuitBreaker.closedSince(100)).toBe(false);
  });
});
