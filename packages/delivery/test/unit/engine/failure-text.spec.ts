import { expect, it } from '@jest/globals';
import { failureText } from '../../../src/engine/failure-text.js';

it.each([
  ['a message', new Error('no connection'), 'no connection'],
  ['one line of it', new Error(' no\n\n connection\t'), 'no connection'],
  [
    'the code where there is no message',
    Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
    'ECONNREFUSED',
  ],
  ['the name where there is neither', new RangeError(''), 'RangeError'],
  ['its cause', new Error('not stored', { cause: new Error('disk full') }), 'not stored: disk full'],
  [
    'its cause once',
    new Error('not stored: disk full', { cause: new Error('disk full') }),
    'not stored: disk full',
  ],
  ['what looks like an error', { message: 'as JSON' }, 'as JSON'],
  ['what is no error', 'a text', 'a text'],
  ['an object without a message', {}, '[object Object]'],
  ['nothing', null, 'null'],
])('says %s', (_what, error, text) => {
  expect(failureText(error)).toBe(text);
});
