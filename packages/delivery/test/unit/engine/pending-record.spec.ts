import { describe, expect, it } from '@jest/globals';
import { pendingRecord, othersSucceed } from '../../../src/engine/pending-record.js';
import type { ReceivedRecord } from '../../../src/engine/record-source.js';

const aRecord = (change: Partial<ReceivedRecord> = {}): ReceivedRecord => ({
  topic: 'orders',
  partition: 0,
  offset: 7n,
  timestamp: 0,
  key: null,
  value: null,
  headers: {},
  ...change,
});

describe('a pending record', () => {
  it.each([
    ['nothing', {}, 0],
    ['its key', { key: new Uint8Array(3) }, 3],
    ['its value', { value: new Uint8Array(5) }, 5],
    ['its headers, names too', { headers: { ab: new Uint8Array(10), cde: new Uint8Array(20) } }, 35],
    [
      'all of them',
      { key: new Uint8Array(3), value: new Uint8Array(5), headers: { ab: new Uint8Array(10) } },
      20,
    ],
  ])('weighs as many bytes as %s', (_what, change, bytes) => {
    expect(pendingRecord(aRecord(change)).bytes).toBe(bytes);
  });

  it('was not started, and has no failed attempt', () => {
    expect(pendingRecord(aRecord())).toMatchObject({
      wasStarted: false,
      failedAttempts: { count: 0, firstAt: 0 },
    });
  });
});

describe('a record that finds a dependency unavailable', () => {
  it.each([
    ['is not itself the reason at its first failure', undefined, 7, false],
    ['is not, when no other succeeded since its last one', 7, 7, false],
    ['is, when another succeeded since', 7, 8, true],
  ])('%s', (_what, successesBefore, successes, isOwn) => {
    const pending = pendingRecord(aRecord());
    if (successesBefore !== undefined) pending.successesBefore = successesBefore;
    expect(othersSucceed(pending, successes)).toBe(isOwn);
  });
});

const queueKey = (record: ReceivedRecord) => pendingRecord(record).queueKey;

describe('the key queue of a record', () => {
  it('is that of its key, byte for byte, wherever the bytes lie in memory', () => {
    const bytes = Buffer.from('..a\xff..', 'latin1');
    const keys = [Buffer.from('a\xff', 'latin1'), new Uint8Array(bytes.buffer, bytes.byteOffset + 2, 2)];
    expect(keys.map((key) => queueKey(aRecord({ key })))).toEqual(['key a\xff', 'key a\xff']);
  });

  it('is its own without a key, whatever the keys of others look like', () => {
    const records = [
      aRecord({ offset: 1n }),
      aRecord({ offset: 2n }),
      aRecord({ key: Buffer.from('offset 1') }),
      aRecord({ key: new Uint8Array() }),
    ];
    expect(new Set(records.map(queueKey)).size).toBe(4);
  });
});
