import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeDeadLetter,
  decodeResolution,
  encodeDeadLetter,
  encodeResolution,
} from '../../../packages/delivery/src/kafka/dead-letter-record.js';
import { anyDeadLetter } from '../../../packages/delivery/test/support/any-dead-letter.js';
import {
  anyDeadLetterHeaders,
  MISREAD_DEAD_LETTERS,
} from '../../../packages/delivery/test/support/any-dead-letter-headers.js';
import type { ReceivedMessage } from '../../../src/application/messages/order-submitted.js';
import { DEAD_LETTER_REASONS } from '../../../src/application/ports/dead-letters.js';
import { ASYNC_API, exampleRecord, faultsOf } from '../../support/async-api.js';

const RESOLUTIONS = ['redriven', 'discarded'] as const;
const isDeadLetter = (record: ReceivedMessage) => decodeDeadLetter(record, DEAD_LETTER_REASONS) !== undefined;
const anyOrigin = anyDeadLetter.map(({ origin }) => origin);
/** Earlier versions resolved by `x-mark`, which the document does not have. */
const isOfThisVersion = ({ headers }: ReceivedMessage) => !Object.hasOwn(headers, 'x-mark');

describe('the document says of a dead letter what the service says', () => {
  it('of all that it writes', () => {
    fc.assert(
      fc.property(anyDeadLetter, (deadLetter) => {
        expect(faultsOf('deadLetter', encodeDeadLetter(deadLetter))).toEqual([]);
      }),
    );
  });

  it('of what anybody writes', () => {
    const anyRecord = fc
      .record({ key: fc.constant(null), value: fc.constant(null), headers: anyDeadLetterHeaders })
      .filter(isOfThisVersion);
    const found = MISREAD_DEAD_LETTERS.map(([headers]) => ({ key: null, value: null, headers }));
    fc.assert(
      fc.property(anyRecord, (record) => {
        const faults = faultsOf('deadLetter', record);
        expect({ isDeadLetter: isDeadLetter(record), faults }).toEqual({
          isDeadLetter: faults.length === 0,
          faults,
        });
      }),
      { numRuns: 500, examples: found.filter(isOfThisVersion).map((record) => [record]) },
    );
  });

  it('of each header: without it there is no dead letter', () => {
    const [example] = ASYNC_API.components.messages.deadLetter.examples.map(exampleRecord);
    const { headers = {}, ...record } = example ?? { key: null, value: null };
    const needed = Object.keys(headers).filter((name) => {
      const { [name]: _left, ...others } = headers;
      return faultsOf('deadLetter', { ...record, headers: others }).length > 0;
    });

    expect(needed.length).toBe(14);
    for (const name of needed) {
      const { [name]: _left, ...others } = headers;
      expect(isDeadLetter({ ...record, headers: others })).toBe(false);
    }
  });

  it('of its example', () => {
    for (const example of ASYNC_API.components.messages.deadLetter.examples.map(exampleRecord)) {
      expect(faultsOf('deadLetter', example)).toEqual([]);
      expect(isDeadLetter(example)).toBe(true);
    }
  });
});

describe('the document says of a resolution what the service says', () => {
  it('of all that it writes', () => {
    fc.assert(
      fc.property(anyOrigin, fc.constantFrom(...RESOLUTIONS), (origin, resolution) => {
        expect(faultsOf('resolution', encodeResolution(origin, resolution))).toEqual([]);
      }),
    );
  });

  it('of another word, and of its example', () => {
    const [example] = ASYNC_API.components.messages.resolution.examples.map(exampleRecord);
    const { headers = {}, ...record } = example ?? { key: null, value: null };
    const other = { ...record, headers: { ...headers, 'x-resolution': new TextEncoder().encode('burnt') } };

    const records = [{ ...record, headers }, other];
    expect(records.map((each) => decodeResolution(each) !== undefined)).toEqual([true, false]);
    expect(records.map((each) => faultsOf('resolution', each).length === 0)).toEqual([true, false]);
  });

  it('never of the same record as of a dead letter', () => {
    fc.assert(
      fc.property(anyDeadLetter, (deadLetter) => {
        const { key, value, headers } = encodeDeadLetter(deadLetter);
        expect(faultsOf('resolution', { key, value, headers })).not.toEqual([]);
      }),
    );
  });
});
