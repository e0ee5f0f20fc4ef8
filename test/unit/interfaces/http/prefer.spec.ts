import { describe, expect, it } from '@jest/globals';
import { preferredWaitS } from '../../../../src/interfaces/http/server/prefer.js';

describe('the wait that a client prefers', () => {
  it.each([
    ['wait=10', 10],
    ['wait="10"', 10],
    ['WAIT = 10', 10],
    ['respond-async, wait=10', 10],
    ['respond-async,wait=10;foo="a, b"', 10],
    ['note="wait=1, wait=2", wait=3', 3],
    ['wait=3, wait=5', 3],
    ['  wait=3 ,', 3],
    ['wait=31', 30],
    ['wait=999999999', 30],
  ])('of %s is %i s', (header, seconds) => {
    expect(preferredWaitS(header, 30)).toBe(seconds);
  });

  it.each([
    undefined,
    '',
    'wait',
    'wait=',
    'wait=0',
    'wait=-1',
    'wait=1.5',
    'wait=ten',
    'wait=1e3',
    'wait=10s',
    'wait=9999999999',
    'wait=x, wait=5',
    'wait="10',
    'await=10',
    'waiting=10',
    'respond-async',
    'note="wait=10"',
    `wait=10${' '.repeat(250)}`,
  ])('of %s is none', (header) => {
    expect(preferredWaitS(header, 30)).toBeUndefined();
  });
});
