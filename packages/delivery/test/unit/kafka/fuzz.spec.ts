import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { REASONS } from '../../../src/contract/a-dead-letter.js';
import {
  decodeDeadLetter,
  decodeResolution,
  encodeDeadLetter,
  encodeResolution,
} from '../../../src/kafka/dead-letter-record.js';
import { anyBytes } from '../../support/any-bytes.js';
import { anyDeadLetterHeaders, MISREAD_DEAD_LETTERS } from '../../support/any-dead-letter-headers.js';

describe('a record of the dead-letter topic', () => {
  it('is a dead letter that is written as it was read, or a resolution, or neither', () => {
    fc.assert(
      fc.property(anyDeadLetterHeaders, fc.option(anyBytes), (headers, value) => {
        const deadLetter = decodeDeadLetter({ key: null, value, headers }, REASONS);
        if (deadLetter === undefined) {
          const origin = decodeResolution({ key: null, value, headers });
          if (origin !== undefined)
            expect(decodeResolution(encodeResolution(origin, 'discarded'))).toEqual(origin);
        } else {
          expect(decodeDeadLetter(encodeDeadLetter(deadLetter), REASONS)).toEqual(deadLetter);
        }
      }),
      { numRuns: 1_000, examples: MISREAD_DEAD_LETTERS },
    );
  });
});
