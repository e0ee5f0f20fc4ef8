import { describe, expect, it } from '@jest/globals';
import { Attempts } from '../../../../../src/interfaces/messaging/delivery/attempts.js';
import { Circuit } from '../../../../../src/interfaces/messaging/delivery/circuit.js';
import { openRecord } from '../../../../../src/interfaces/messaging/delivery/open-record.js';
import type { Replica } from '../../../../../src/interfaces/messaging/delivery/replica.js';
import { aBatch } from '../../../../support/a-batch.js';
import { HeldHandler } from '../../../../support/held-handler.js';
import { ManualTimers } from '../../../../support/manual-timers.js';
import { silentLogger } from '../../../../support/silent-logger.js';

const nothing = (): void => undefined;

function aReplica(handler: HeldHandler): Replica {
  const timers = new ManualTimers();
  return {
    handler,
    settings: {
      concurrency: 10,
      maxOpenRecords: 10,
      maxOpenBytes: 1_000,
      commitIntervalMs: 200,
      handlerTimeoutMs: 5_000,
      rejoinDrainMs: 1_000,
      retryInitialMs: 100,
      retryMaxMs: 300,
    },
    timers,
    now: () => timers.now(),
    owns: () => true,
    circuit: new Circuit(100, timers, silentLogger, nothing),
    progressed: nothing,
    timedOut: nothing,
    letterFailed: nothing,
  };
}

describe('the attempts at the records of a partition', () => {
  it('are forgotten when they have ended, in whatever way', async () => {
    const handler = new HeldHandler();
    const attempts = new Attempts(0, aReplica(handler), new Map(), new Map());
    const { records } = aBatch({ from: 0, to: 3 });
    for (const record of records) void attempts.next(`key ${record.offset}`, openRecord(record));
    expect([...attempts.running.keys()]).toEqual([0n, 1n, 2n]);
    await handler.finish('0@0');
    await handler.fail('0@1');
    expect([...attempts.running.keys()]).toEqual([2n]);
  });
});
