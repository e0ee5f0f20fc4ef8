import { expect, it } from '@jest/globals';
import { encodedSize } from '../../../src/engine/encoded-size.js';

const EMPTY = { key: null, value: null, headers: {} };
const RECORD = 96;
const HEADER = 10;

it.each([
  ['nothing', EMPTY, RECORD],
  ['a key as text, in bytes of UTF-8', { ...EMPTY, key: 'é' }, RECORD + 2],
  ['a key as bytes', { ...EMPTY, key: new Uint8Array(3) }, RECORD + 3],
  ['a value', { ...EMPTY, value: new Uint8Array(5) }, RECORD + 5],
  ['a header as text', { ...EMPTY, headers: { 'n-é': 'é' } }, RECORD + HEADER + 4 + 2],
  ['headers as bytes', { ...EMPTY, headers: { a: new Uint8Array(7), b: '' } }, RECORD + 2 * HEADER + 9],
])('counts %s', (_what, message, bytes) => {
  expect(encodedSize(message)).toBe(bytes);
});
