import { describe, expect, it } from '@jest/globals';
import type { ReplicaReport } from '../../../src/application/ports/replica-reports.js';
import {
  decodeCommand,
  decodeReport,
  encodeCommand,
  encodeReport,
} from '../../../src/infrastructure/delivery/replica-report-json.js';
import { aReport } from '../../support/a-report.js';
import { ASYNC_API, faultsOf } from '../../support/async-api.js';

const GROUP = { topic: 'app.order.publish', group: 'app-consumer-group' };
const REPORT: ReplicaReport = aReport({
  partitions: [{ partition: 0, pending: 1, inFlight: 1, paused: 'operator' }],
  circuitBreaker: 'no route to host',
  completionTimes: [0, 3],
  recent: [
    {
      orderId: 'order-1',
      partition: 0,
      offset: '7',
      attempt: 3,
      outcome: 'retried',
      tookMs: 3,
      at: 5,
      error: 'no luck',
    },
  ],
});
const COMMAND = {
  replica: 'replica-1',
  action: 'pause',
  askedBy: 'Ada',
  askedAt: 5,
  correlationId: 'c',
} as const;
const record = (key: string, value: Uint8Array) => ({ key: Buffer.from(key), value, headers: {} });

describe('the document says of reports and commands what the service says', () => {
  it('of what it writes', () => {
    expect(faultsOf('replicaReport', record('replica-1', encodeReport(REPORT, GROUP)))).toEqual([]);
    const command = record('replica-1', encodeCommand(COMMAND, GROUP));
    expect(faultsOf('replicaCommand', command)).toEqual([]);
  });

  it('of its examples', () => {
    const { replicaReport, replicaCommand } = ASYNC_API.components.messages;
    const bytes = ({ payload }: { readonly payload: unknown }) => Buffer.from(JSON.stringify(payload));
    const reports = replicaReport.examples.map((each) => decodeReport(bytes(each), GROUP)?.replica);
    const commands = replicaCommand.examples.map((each) => decodeCommand(bytes(each), GROUP)?.action);
    expect([reports, commands]).toEqual([['replica-4'], ['pause']]);
  });

  it.each<[string, object]>([
    ['a state', { state: 'gone' }],
    ['a count', { completionTimes: [-1] }],
    ['a name', { replica: 'a b' }],
    ['how many samples', { recent: new Array(21).fill(REPORT.recent[0]) }],
  ])('of %s that can’t be', (_what, wrong) => {
    const value = Buffer.from(JSON.stringify({ ...GROUP, ...REPORT, ...wrong }));
    expect(() => decodeReport(value, GROUP)).toThrow();
    expect(faultsOf('replicaReport', record('replica-1', value))).not.toEqual([]);
  });
});
