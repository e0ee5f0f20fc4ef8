import { describe, expect, it } from '@jest/globals';
import { before } from '../../../src/engine/deadline.js';
import { ManualTimers } from '../../support/manual-timers.js';

const NEVER = new Promise<never>(() => undefined);

describe('a deadline', () => {
  it('gives what the work gives, and leaves no timer behind', async () => {
    const timers = new ManualTimers();
    await expect(before(100, Promise.resolve('done'), timers)).resolves.toBe('done');
    await expect(before(100, Promise.reject(new Error('failed')), timers)).rejects.toThrow('failed');
    expect(timers.waiting).toBe(0);
  });

  it('rejects when the work takes longer', async () => {
    const timers = new ManualTimers();
    const work = before(100, NEVER, timers);
    const rejected = expect(work).rejects.toThrow('no response in time');
    await timers.pass(100);
    await rejected;
  });

  it('is on the timers of the system by default', async () => {
    await expect(before(1, NEVER)).rejects.toThrow('no response in time');
  });
});
