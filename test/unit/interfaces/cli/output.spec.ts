import { describe, expect, it } from '@jest/globals';
import { letterTable, letterText } from '../../../../src/interfaces/cli/letter-text.js';
import type { Letter } from '../../../../src/interfaces/cli/operations-client.js';
import { Progress } from '../../../../src/interfaces/cli/progress.js';
import { deadLetterView } from '../../../../src/interfaces/http/dead-letters/dead-letter-dtos.js';
import { aDeadLetter, NOW } from '../../../support/a-dead-letter.js';

const letter = (values: Partial<Letter> = {}): Letter => ({
  ...(JSON.parse(JSON.stringify(deadLetterView(aDeadLetter(1)))) as Letter),
  ...values,
});
const hostile = 'a\x1b[31mb\n\u202ec\u2028d😀';
const harmless = 'a\\u{1b}[31mb\\u{a}\\u{202e}c\\u{2028}d😀';

describe('the table of letters', () => {
  it('has a line for each', () => {
    const other = letter({ id: '12-345', reason: 'conflicting', attempts: 1, redriveCount: 12 });

    expect(letterTable([letter(), other], NOW, 120)).toEqual([
      'ID      AGE  REASON       TRIES  SENT BACK  ORDER    ERROR',
      '0-1     1h   exhausted    5      0          order-1  the fulfilment answered 500',
      '12-345  1h   conflicting  1      12         order-1  the fulfilment answered 500',
    ]);
  });

  it.each([
    ['2025-01-15T10:29:59.500Z', '0s'],
    ['2025-01-15T10:29:01.000Z', '59s'],
    ['2025-01-15T10:29:00.000Z', '1m'],
    ['2025-01-14T10:30:01.000Z', '23h'],
    ['2025-01-05T10:30:00.000Z', '10d'],
    ['2025-01-15T10:31:00.000Z', '0s'],
  ])('says of what failed at %s that it is %s old', (lastFailureAt, age) => {
    expect(letterTable([letter({ lastFailureAt })], NOW, 120)[1]).toContain(`0-1  ${age} `);
  });

  it('fits the terminal, whatever a letter holds', () => {
    const long = letter({ key: { text: '😀'.repeat(200), bytes: 800 }, errorMessage: 'x'.repeat(512) });

    for (const line of letterTable([long], NOW, 80)) expect(Array.from(line).length).toBeLessThanOrEqual(80);
  });

  it('shows nothing that a terminal would obey, bytes as base64, and a dash for no key', () => {
    const { key: _key, ...without } = letter();
    const letters = [
      letter({ key: { text: hostile, bytes: 1 } }),
      letter({ key: { base64: '/w==', bytes: 1 } }),
      without,
    ];

    const [, ...lines] = letterTable(letters, NOW, 200);

    expect(lines.map((line) => line.split(/ {2,}/)[5])).toEqual([harmless, '/w==', '-']);
  });
});

describe('a letter', () => {
  it('is shown whole', () => {
    expect(letterText(letter())).toEqual([
      'id              0-1',
      'topic           app.order.publish',
      'partition       0',
      'offset          1',
      'sentAt          2025-01-15T09:29:50.000Z',
      'consumerGroup   app-consumer-group',
      'replica         replica-1',
      'attempts        5',
      'firstFailureAt  2025-01-15T09:29:55.000Z',
      'lastFailureAt   2025-01-15T09:30:00.000Z',
      'stage           handle',
      'reason          exhausted',
      'errorCode       FULFILMENT.FAILED',
      'errorMessage    the fulfilment answered 500',
      'redriveCount    0',
      'key             order-1',
      '',
      'headers',
      '  ce_type: app.order.submitted.v1',
      '',
      'value, 21 bytes',
      '{"orderId":"order-1"}',
    ]);
  });

  it('shows nothing that a terminal would obey', () => {
    const headers = { [hostile]: { text: hostile, bytes: 1 } };

    const lines = letterText(letter({ headers, value: { text: hostile, bytes: 9 } }));

    expect(lines.slice(-4)).toEqual([`  ${harmless}: ${harmless}`, '', 'value, 9 bytes', harmless]);
  });

  it('says what it does not have', () => {
    const { key: _key, value: _value, ...without } = letter({ headers: {} });

    expect(letterText(without).slice(-5)).toEqual([
      'key             -',
      '',
      'headers: none',
      '',
      'value: none',
    ]);
  });

  it('shows bytes that are no text as base64', () => {
    const lines = letterText(letter({ value: { base64: '/w==', bytes: 1 } }));

    expect(lines.slice(-2)).toEqual(['value, 1 bytes, base64', '/w==']);
  });
});

describe('the progress', () => {
  const written = (isTTY: boolean, total: number | undefined, ...steps: number[]) => {
    let text = '';
    const progress = new Progress({ isTTY, write: (more) => (text += more) }, total);
    for (const step of steps) progress.show(step, `${step} redriven`);
    progress.end();
    return text;
  };

  it('is a bar on a terminal', () => {
    expect(written(true, 40, 0, 20, 40)).toBe(
      '\r[..............................] 0 redriven\x1b[K' +
        '\r[###############...............] 20 redriven\x1b[K' +
        '\r[##############################] 40 redriven\x1b[K\n',
    );
  });

  it('has no bar where nobody knows the end', () => {
    expect(written(true, undefined, 20)).toBe('\r20 redriven\x1b[K\n');
  });

  it('is a line at each tenth elsewhere', () => {
    expect(written(false, 40, 0, 3, 4, 5, 7, 30, 40)).toBe('4 redriven\n30 redriven\n40 redriven\n');
  });
});
