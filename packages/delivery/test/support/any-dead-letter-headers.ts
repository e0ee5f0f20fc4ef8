import fc from 'fast-check';
import { aDeadLetter, ORIGIN } from '../../src/contract/a-dead-letter.js';
import { encodeDeadLetter, encodeResolution } from '../../src/kafka/dead-letter-record.js';
import { anyBytes, anyHeaders, anyMutation } from './any-bytes.js';
import { anyDeadLetter } from './any-dead-letter.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const { headers: ofDeadLetter } = encodeDeadLetter(aDeadLetter());
const names = Object.keys({ ...ofDeadLetter, 'x-mark': 1, 'x-kept-x-mark': 1 });

const mutated = fc
  .oneof(anyDeadLetter.map(encodeDeadLetter), fc.constant(encodeResolution(ORIGIN, 'redriven')))
  .chain(({ headers }) =>
    fc
      .dictionary(
        fc.constantFrom(...Object.keys(headers)),
        fc.oneof(anyBytes, anyMutation(bytes('9999-12-31'))),
      )
      .map((changed) => ({ ...headers, ...changed })),
  );

type Headers = Record<string, Uint8Array>;

/** Headers that a record of the dead-letter topic may have, whoever wrote it. */
export const anyDeadLetterHeaders: fc.Arbitrary<Headers> = fc.oneof(anyHeaders(names), mutated);

const misreadOnce: Headers[] = [
  Object.fromEntries([['__proto__', bytes('x')]]),
  ...Object.entries({
    'x-kept-': '',
    'x-kept-x-kept-x-mark': 'redriven',
    'x-attempts': '9'.repeat(16),
    'x-first-failure-at': '2025-02-30T00:00:00Z',
    'x-error-message': `${'x'.repeat(511)}😀`,
    'x-original-topic': '\ufeff\u2028\0',
  }).map(([name, value]) => ({ ...ofDeadLetter, [name]: bytes(value) })),
  ...['-0', '8640000000000001'].map((value) => ({ ...ofDeadLetter, 'x-original-timestamp': bytes(value) })),
];

/** Headers that were misread once, and no value. */
export const MISREAD_DEAD_LETTERS = misreadOnce.map((headers): [Headers, null] => [headers, null]);
