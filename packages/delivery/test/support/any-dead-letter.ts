import fc from 'fast-check';
import { REASONS, type Reason } from '../../src/contract/a-dead-letter.js';
import type { DeadLetter } from '../../src/engine/dead-letters.js';

const bytes = fc.uint8Array({ maxLength: 40 });
const text = fc.stringMatching(/^[\x20-\x7e]{0,40}$/);
const count = fc.integer({ min: 0, max: 1_000_000 });
const time = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
const headerName = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(
    'x-reason',
    'x-resolution',
    'x-mark',
    'x-redrive-count',
    'x-original-offset',
    'x-kept-x-reason',
    '__proto__',
  ),
);

/** Any dead letter, for property tests. */
export const anyDeadLetter: fc.Arbitrary<DeadLetter<Reason>> = fc.record({
  origin: fc.record({
    topic: fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/),
    partition: fc.integer({ min: 0, max: 9_999 }),
    offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
  }),
  message: fc.record({
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.array(fc.tuple(headerName, bytes)).map((entries) => Object.fromEntries(entries)),
  }),
  sentAt: fc.date({ noInvalidDate: true }),
  consumerGroup: text,
  replica: text,
  attempts: count,
  firstFailureAt: time,
  lastFailureAt: time,
  stage: fc.constantFrom('decode', 'validate', 'handle', 'timeout'),
  reason: fc.constantFrom(...REASONS),
  errorCode: text,
  errorMessage: text,
  redriveCount: count,
});
