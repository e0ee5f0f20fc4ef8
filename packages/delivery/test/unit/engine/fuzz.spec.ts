import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aDeadLetter, REASONS } from '../../../src/contract/a-dead-letter.js';
import { decodeProgress, encodeProgress } from '../../../src/engine/commit-metadata.js';
import { decodeDeadLetter, encodeDeadLetter } from '../../../src/kafka/dead-letter-record.js';
import { anyMutation } from '../../support/any-bytes.js';

describe('the metadata of a commit', () => {
  const position = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  const progress = encodeProgress(10n, {
    completed: [{ from: 11n, to: 15n }],
    failedAttempts: [[10n, { count: 2, firstAt: Date.parse('2026-01-02') }]],
  });
  const anyMetadata = fc.oneof(
    fc.string({ maxLength: 5_000 }),
    fc.stringMatching(/^1;([0-9a-z]{1,11}\+[0-9a-z]{1,11},){0,3};([0-9a-z]{1,11}\.?){0,7}$/),
    anyMutation(new TextEncoder().encode(progress)).map(String),
  );

  it('says what is completed in ascending order, and attempts that a dead letter can tell', () => {
    fc.assert(
      fc.property(position, anyMetadata, (at, metadata) => {
        const { completed, failedAttempts } = decodeProgress(at, metadata);
        let last = at;
        for (const { from, to } of completed) {
          expect(from >= last && to >= from).toBe(true);
          last = to;
        }
        for (const { count, firstAt } of failedAttempts.values()) {
          const deadLetter = aDeadLetter({}, { attempts: count, firstFailureAt: new Date(firstAt) });
          expect(decodeDeadLetter(encodeDeadLetter(deadLetter), REASONS)).toEqual(deadLetter);
        }
      }),
      {
        numRuns: 1_000,
        examples: [
          [0n, '1;0+0,0+0;0.0.0'],
          [0n, `1;${'zzzzzzzzzz+zzzzzzzzzz,'.repeat(180)}1+1;`],
          [2n ** 63n - 1n, '1;zzzzzzzzzz+zzzzzzzzzz;'],
          [0n, '1;;0.zzzzzzzzzz.0'],
          [0n, '1;;0.1.zzzzzzzzzz'],
          [0n, '1;'.padEnd(1_000_000, '1+1,')],
        ],
      },
    );
  });
});
