import { describe, expect, it } from '@jest/globals';
import { findMissing } from '../output.js';

const OUTPUT = 'PASS  a.spec.ts (1.2 s)\n  ● accepts (31) nights\n\nTests: 1 failed\n';

describe('what a command prints', () => {
  it.each([
    ['nothing', []],
    ['some of its lines', ['● accepts (31) nights', 'Tests: 1 failed']],
    ['lines with other space', ['PASS a.spec.ts (1.2 s)', '  Tests:  1 failed']],
    ['lines with dots for what differs each time', ['PASS a.spec.ts (...)', '...', 'Tests: ...']],
    ['dots at the end', ['Tests: 1 failed', '...']],
  ])('has %s', (_what, lines) => {
    expect(findMissing(lines, OUTPUT)).toBeUndefined();
  });

  it.each([
    ['a line that is not there', ['Tests: 2 failed'], 'Tests: 2 failed'],
    ['a part of a line', ['accepts (31) nights'], 'accepts (31) nights'],
    ['lines in another order', ['Tests: 1 failed', '● accepts (31) nights'], '● accepts (31) nights'],
    ['a line twice', ['Tests: 1 failed', 'Tests: 1 failed'], 'Tests: 1 failed'],
    ['a pattern', ['Tests: . failed'], 'Tests: . failed'],
  ])('does not have %s', (_what, lines, missing) => {
    expect(findMissing(lines, OUTPUT)).toBe(missing);
  });
});
