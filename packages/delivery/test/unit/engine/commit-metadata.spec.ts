import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeProgress, encodeProgress } from '../../../src/engine/commit-metadata.js';

const progress = fc
  .record({
    position: fc.bigInt({ min: 0n, max: 2n ** 62n }),
    ranges: fc.array(fc.tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: 1, max: 99_999 })), {
      maxLength: 2_000,
    }),
    failed: fc.array(fc.tuple(fc.nat(9_999), fc.integer({ min: 1, max: 999 }), fc.nat(2 ** 42)), {
      maxLength: 500,
    }),
  })
  .map(({ position, ranges, failed }) => {
    let at = position;
    const completed = ranges.map(([gap, length]) => {
      const from = at + BigInt(gap);
      at = from + BigInt(length);
      return { from, to: at };
    });
    at = position - 1n;
    const failedAttempts = failed.map(([distance, count, firstAt]) => {
      at += BigInt(distance) + 1n;
      return [at, { count, firstAt }] as const;
    });
    return { position, completed, failedAttempts };
  });

describe('progress in the metadata of a commit', () => {
  it('is empty when there is nothing to say', () => {
    expect(encodeProgress(5n, { completed: [], failedAttempts: [] })).toBe('');
  });

  it('reads like this', () => {
    const completed = [
      { from: 11n, to: 15n },
      { from: 50n, to: 51n },
    ];
    const failedAttempts = [[10n, { count: 2, firstAt: 36 }]] as const;
    expect(encodeProgress(10n, { completed, failedAttempts })).toBe('1;1+4,z+1;0.2.10');
  });

  it('comes back as it was, or the nearest part of it, within the 4,096 bytes that Kafka takes', () => {
    fc.assert(
      fc.property(progress, ({ position, completed, failedAttempts }) => {
        const metadata = encodeProgress(position, { completed, failedAttempts });
        expect(Buffer.byteLength(metadata)).toBeLessThanOrEqual(4_096);
        const decoded = decodeProgress(position, metadata);
        expect(decoded.completed).toEqual(completed.slice(0, decoded.completed.length));
        expect([...decoded.failedAttempts]).toEqual(failedAttempts.slice(0, decoded.failedAttempts.size));
        if (completed.length <= 200) expect(decoded.completed).toHaveLength(completed.length);
        if (failedAttempts.length <= 50) expect(decoded.failedAttempts.size).toBe(failedAttempts.length);
      }),
    );
  });

  it.each([
    { attempts: 0, firstGap: '1', bytes: 4_094 },
    { attempts: 0, firstGap: '100', bytes: 4_096 },
    { attempts: 1, firstGap: '1', bytes: 4_095 },
    { attempts: 1, firstGap: '10', bytes: 4_096 },
  ])('has all ranges that fit beside the attempts, to the byte: %j', ({ attempts, firstGap, bytes }) => {
    const first = BigInt(Number.parseInt(firstGap, 36));
    const completed = Array.from({ length: 2_000 }, (_, index) => ({
      from: first + 2n * BigInt(index),
      to: first + 2n * BigInt(index) + 1n,
    }));
    const failedAttempts = Array.from({ length: attempts }, () => [0n, { count: 1, firstAt: 1 }] as const);
    expect(encodeProgress(0n, { completed, failedAttempts })).toHaveLength(bytes);
  });

  it.each([
    { firstAt: '1', bytes: 1_019 },
    { firstAt: '100000', bytes: 1_024 },
  ])('has the attempts that fit into a quarter of it, to the byte: %j', ({ firstAt, bytes }) => {
    const failedAttempts = Array.from({ length: 500 }, (_, index) => {
      const each = { count: 1, firstAt: index === 0 ? Number.parseInt(firstAt, 36) : 1 };
      return [BigInt(index), each] as const;
    });
    expect(encodeProgress(0n, { completed: [], failedAttempts })).toHaveLength('1;;'.length + bytes);
  });

  it('says nothing when somebody else wrote it', () => {
    const foreign = [
      '',
      'hello',
      '2;1+4;',
      '1;1+4',
      '1;1+;',
      '1;1-4;',
      '1;;0.1',
      '1;;0.zzzzzzz.1',
      '1;;0.1.zzzzzzzzzz',
      '{"v":1}',
      '1;'.padEnd(5_000, 'z'),
    ];
    for (const metadata of foreign) {
      expect(decodeProgress(0n, metadata)).toEqual({ completed: [], failedAttempts: new Map() });
    }
    fc.assert(
      fc.property(fc.string(), (metadata) => {
        decodeProgress(0n, metadata);
      }),
    );
  });
});
