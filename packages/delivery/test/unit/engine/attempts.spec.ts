import { describe, expect, it } from '@jest/globals';
import { Attempts } from '../../../src/engine/attempts.js';
import { CircuitBreaker } from '../../../src/engine/circuit-breaker.js';
import { pendingRecord } from '../../../src/engine/pending-record.js';
import type { Replica } from '../../../src/engine/replica.js';
import { aBatch } from '../../support/a-batch.js';
import { HeldHandler } from '../../support/held-handler.js';
import { ManualTimers } from '../../support/manual-timers.js';
import { silentLogger } from '../../../src/contract/silent-logger.js';

const nothing = (): void => undefined;

function aReplica(handler: HeldHandler): Replica {
  const timers = new ManualTimers();
  return {
    handler,
    settings: {
      concurrency: 10,
      maxPendingRecords: 10,
      maxPendingBytes: 1_000,
      commitIntervalMs: 200,
      handlerTimeoutMs: 5_000,
      rejoinDrainMs: 1_000,
      retryInitialMs: 100,
      retryMaxMs: 300,
    },
    timers,
    clock: { now: () => new Date(timers.now()) },
    logger: silentLogger,
    owns: () => true,
    circuitBreaker: new CircuitBreaker(100, timers, silentLogger, nothing),
    progressed: nothing,
    observe: undefined,
  };
}

describe('the attempts at the records of a partition', () => {
  it('are forgotten when they have ended, in whatever way', async () => {
    const handler = new HeldHandler();
    const attempts = new Attempts(0, aReplica(handler), new Map(), new Map());
    const { records } = aBatch({ from: 0, to: 3 });
    for (const record of records) void attempts.run(pendingRecord(record));
    expect([...attempts.inFlight.keys()]).toEqual([0n, 1n, 2n]);
    await handler.finish('0@0');
    await handler.fail('0@1');
    expect([...attempts.inFlight.keys()]).toEqual([2n]);
  });
});
