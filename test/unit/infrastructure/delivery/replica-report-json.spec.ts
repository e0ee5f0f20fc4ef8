import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ReplicaReport } from '../../../../src/application/ports/replica-reports.js';
import {
  decodeCommand,
  decodeReport,
  encodeCommand,
  encodeReport,
  MAX_REPORT_BYTES,
} from '../../../../src/infrastructure/delivery/replica-report-json.js';
import { aReport, partitions } from '../../../support/a-report.js';

const GROUP = { topic: 'app.order.publish', group: 'group' };
const handled = {
  orderId: 'o'.repeat(193),
  partition: 1,
  offset: '9223372036854775807',
  attempt: 3,
  outcome: 'retried',
  tookMs: 3,
  at: 5,
  error: '\u0001'.repeat(200),
} as const;
const COMMAND = {
  replica: 'replica-1',
  action: 'pause',
  askedBy: 'Ada',
  askedAt: 5,
  correlationId: 'c',
} as const;

const FULL: ReplicaReport = aReport({
  partitions: [{ partition: 0, pending: 1, inFlight: 1, paused: 'operator' }],
  circuitBreaker: 'no route to host',
  completionTimes: [0, 3],
  recent: new Array(20).fill(handled),
});

describe('a report', () => {
  it('is read as it was written', () => {
    expect(decodeReport(encodeReport(FULL, GROUP), GROUP)).toEqual(FULL);
  });

  it('loses its samples first when it is too large, then partitions', () => {
    const many = partitions(...Array(600).keys());
    const fewer = decodeReport(encodeReport({ ...FULL, partitions: many }, GROUP), GROUP);
    expect(fewer?.partitions).toHaveLength(600);
    expect(fewer?.recent.length).toBeLessThan(20);
    const bytes = encodeReport({ ...FULL, partitions: partitions(...Array(10_000).keys()) }, GROUP);
    expect(bytes.byteLength).toBeLessThanOrEqual(MAX_REPORT_BYTES);
    expect(decodeReport(bytes, GROUP)?.recent).toEqual([]);
  });

  it.each([
    ['another topic', { ...GROUP, topic: 'other' }],
    ['another group', { ...GROUP, group: 'other' }],
  ])('of %s is none of ours', (_what, group) => {
    expect(decodeReport(encodeReport(FULL, group), GROUP)).toBeUndefined();
    expect(decodeCommand(encodeCommand(COMMAND, group), GROUP)).toBeUndefined();
  });

  it.each<[string, object]>([
    ['a name that is none', { replica: 'a b' }],
    ['an unknown state', { state: 'gone' }],
    ['negative counts', { totals: { completed: -1, retried: 0, deadLettered: 0 } }],
    ['fractions of orders', { completionTimes: [0.5] }],
    ['too many samples', { recent: new Array(21).fill(handled) }],
    ['too many buckets', { completionTimes: new Array(200).fill(0) }],
    ['a long error', { recent: [{ ...handled, error: 'x'.repeat(201) }] }],
    ['an offset that is none', { recent: [{ ...handled, offset: '1e9' }] }],
  ])('with %s is none', (_what, wrong) => {
    const bytes = Buffer.from(JSON.stringify({ ...GROUP, ...FULL, ...wrong }));
    expect(() => decodeReport(bytes, GROUP)).toThrow();
  });

  it('that is cut, too large, or no JSON is none', () => {
    const bytes = encodeReport(FULL, GROUP);
    for (const broken of [bytes.subarray(0, -1), Buffer.alloc(0), Buffer.from([0xff]), Buffer.from('[]')]) {
      expect(() => decodeReport(broken, GROUP)).toThrow();
    }
    const padded = Buffer.concat([bytes, Buffer.alloc(MAX_REPORT_BYTES, ' ')]);
    expect(() => decodeReport(padded, GROUP)).toThrow('bytes');
  });

  it('has nothing but what is a report’s, whatever else somebody wrote', () => {
    const text = JSON.stringify({ ...GROUP, ...FULL }).replace('{', '{"__proto__":{"x":1},"extra":2,');
    const report = decodeReport(Buffer.from(text), GROUP);
    expect(report).toEqual(FULL);
    expect(Object.getPrototypeOf(report)).toBe(Object.prototype);
  });

  it('is an error of any other bytes, never a crash', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          for (const decode of [decodeReport, decodeCommand]) expect(() => decode(bytes, GROUP)).toThrow();
        },
      ),
    );
  });
});

describe('a command', () => {
  it('is read as it was written', () => {
    expect(decodeCommand(encodeCommand(COMMAND, GROUP), GROUP)).toEqual(COMMAND);
  });
});
