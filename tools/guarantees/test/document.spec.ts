import { describe, expect, it } from '@jest/globals';
import { formatRows } from '../document.js';
import { none, within } from '../rows.js';

describe('the measured promises', () => {
  it('are lists, one for each scenario, with what was measured, what is needed, and which failed', () => {
    const rows = [
      none('Rolling restart: redelivered', 0, '9 orders'),
      none('Rolling restart: responses other than 202', 1, '9'),
      within('The store stopped: all go on after it responds again', 10_000, 1_990),
      { promise: 'For comparison: one at a time', needed: '', measured: '2.4 orders/s', passed: true },
      { promise: 'The run of scale', needed: 'it comes to an end', measured: 'no broker', passed: false },
    ];

    expect(formatRows(rows, 'Measured once.').split('\n')).toEqual([
      'Measured once. PASSED: 2 of 4.',
      '',
      '- Rolling restart',
      '  - redelivered: **0 of 9 orders**; needed: 0',
      '  - responses other than 202: **1 of 9**; needed: 0; FAILED',
      '- The store stopped',
      '  - all go on after it responds again: **1.99 s**; needed: ≤ 10.00 s',
      '- For comparison',
      '  - one at a time: **2.4 orders/s**',
      '- The run of scale: **no broker**; needed: it comes to an end; FAILED',
    ]);
  });
});
