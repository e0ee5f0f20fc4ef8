import { describe, expect, it } from '@jest/globals';
import { median } from '../results.js';
import { SERVICE } from '../systems.js';
import { aRow } from '../../../test/support/a-table.js';

describe('what is measured in several rounds', () => {
  it('counts as the one in the middle', () => {
    expect(median(aRow(SERVICE, 100, 2, 10), 'perSecond')).toBe(10);
    expect(median(aRow(SERVICE, 100, 2, 10, 30), 'perSecond')).toBe(20);
  });

  it('is not known when no round measured it', () => {
    expect(median(aRow(SERVICE), 'perSecond')).toBeUndefined();
    expect(median(aRow(SERVICE, 1), 'p50')).toBeUndefined();
    expect(median(undefined, 'perSecond')).toBeUndefined();
  });
});
