import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MembershipLease } from '../../../src/kafka/membership-lease.js';
import { silentLogger } from '../../../src/contract/silent-logger.js';
import { settled } from '../../support/settled.js';

let lease: MembershipLease;

beforeEach(() => {
  jest.useFakeTimers();
  lease = new MembershipLease({ sessionTimeoutMs: 10_000, heartbeatIntervalMs: 1_000 }, silentLogger);
});
afterEach(() => {
  lease.end();
  jest.useRealTimers();
});

/** The coordinator refuses the next heartbeat. */
async function refuse(type: string): Promise<void> {
  lease.beat(() => Promise.reject(Object.assign(new Error(type), { type })));
  jest.advanceTimersByTime(1_000);
  await settled();
}

describe('the lease of a member', () => {
  it('counts from when the confirmed heartbeat was sent: a process that was frozen reads old responses', () => {
    const sentAt = performance.now();
    jest.advanceTimersByTime(60_000); // frozen: the response came in time, but is read only now
    lease.renew(sentAt);

    expect(lease.holds).toBe(false);
  });

  it('is not shortened by a response that comes out of order', () => {
    const early = performance.now();
    jest.advanceTimersByTime(9_000);
    lease.renew(performance.now());
    lease.renew(early);
    jest.advanceTimersByTime(9_999);

    expect(lease.holds).toBe(true);
  });

  it('is not shaken by a wall clock that is set', () => {
    lease.renew(performance.now());
    jest.setSystemTime(Date.now() + 3_600_000);

    expect(lease.holds).toBe(true);
  });

  it.each(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'])(
    'ends at once when the coordinator says %s',
    async (type) => {
      lease.renew(performance.now());
      await refuse(type);

      expect(lease.holds).toBe(false);
    },
  );

  it.each(['REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP', ''])(
    'neither ends nor is renewed when a heartbeat fails for another reason: %s',
    async (type) => {
      lease.renew(performance.now());
      await refuse(type);
      expect(lease.holds).toBe(true);

      jest.advanceTimersByTime(9_000);
      expect(lease.holds).toBe(false);
    },
  );

  it('that has ended is not renewed by responses to what was sent before', () => {
    const sentAt = performance.now();
    jest.advanceTimersByTime(1);
    lease.end();
    lease.renew(sentAt);

    expect(lease.holds).toBe(false);
  });
});
