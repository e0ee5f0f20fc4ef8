import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { deadLetterTable, deadLetterText } from '../../../../src/interfaces/cli/dead-letter-text.js';
import type { ShownDeadLetter } from '../../../../src/interfaces/cli/service-client.js';
import { Progress } from '../../../../src/interfaces/cli/terminal.js';
import { deadLetterView } from '../../../../src/interfaces/http/dead-letters/dead-letter-dtos.js';
import { aDeadLetter, NOW } from '../../../support/a-dead-letter.js';
import { FakeTerminal } from '../../../support/fake-terminal.js';

const shown = (values: Partial<ShownDeadLetter> = {}): ShownDeadLetter => ({
  ...(JSON.parse(JSON.stringify(deadLetterView(aDeadLetter(1)))) as ShownDeadLetter),
  ...values,
});
const hostile = 'a\x1b[31mb\n\u202ec\u2028d😀';
const harmless = 'a\\u{1b}[31mb\\u{a}\\u{202e}c\\u{2028}d😀';

describe('the table of dead letters', () => {
  it('has a line for each', () => {
    const other = shown({ id: '12-345', reason: 'conflicting', attempts: 1, redriveCount: 12 });

    expect(deadLetterTable([shown(), other], NOW, 120)).toEqual([
      'ID      AGE  REASON       ATTEMPTS  REDRIVES  ORDER    ERROR',
      '0-1     1h   exhausted    5         0         order-1  fulfilment responded 500',
      '12-345  1h   conflicting  1         12        order-1  fulfilment responded 500',
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
    expect(deadLetterTable([shown({ lastFailureAt })], NOW, 120)[1]).toContain(`0-1  ${age} `);
  });

  it('fits the terminal, whatever a dead letter holds', () => {
    const long = shown({ key: { text: '😀'.repeat(200), bytes: 800 }, errorMessage: 'x'.repeat(512) });

    for (const line of deadLetterTable([long], NOW, 80))
      expect(Array.from(line).length).toBeLessThanOrEqual(80);
  });

  it('shows nothing that a terminal would obey, bytes as base64, and a dash for no key', () => {
    const { key: _key, ...without } = shown();
    const deadLetters = [
      shown({ key: { text: hostile, bytes: 1 } }),
      shown({ key: { base64: '/w==', bytes: 1 } }),
      without,
    ];

    const [, ...lines] = deadLetterTable(deadLetters, NOW, 200);

    expect(lines.map((line) => line.split(/ {2,}/)[5])).toEqual([harmless, '/w==', '-']);
  });
});

describe('a dead letter', () => {
  it('is shown whole', () => {
    const value = '{"orderId":"order-1"}';

    expect(deadLetterText(shown())).toEqual([
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
      'errorMessage    fulfilment responded 500',
      'redriveCount    0',
      'key             order-1',
      '',
      'headers',
      '  ce_type: app.order.submitted.v1',
      '',
      `value, ${value.length} bytes`,
      value,
    ]);
  });

  it('shows nothing that a terminal would obey', () => {
    const headers = { [hostile]: { text: hostile, bytes: 1 } };

    const lines = deadLetterText(shown({ headers, value: { text: hostile, bytes: 9 } }));

    expect(lines.slice(-4)).toEqual([`  ${harmless}: ${harmless}`, '', 'value, 9 bytes', harmless]);
  });

  it('says what it does not have', () => {
    const { key: _key, value: _value, ...without } = shown({ headers: {} });

    expect(deadLetterText(without).slice(-5)).toEqual([
      'key             -',
      '',
      'headers: none',
      '',
      'value: none',
    ]);
  });

  it('shows bytes that are no text as base64', () => {
    const lines = deadLetterText(shown({ value: { base64: '/w==', bytes: 1 } }));

    expect(lines.slice(-2)).toEqual(['value, 1 bytes, base64', '/w==']);
  });
});

describe('the progress', () => {
  const BAR = /\x1b\[1G([^\x1b]*)\x1b\[0K/g;
  const written = (isTTY: boolean, total: number | undefined, work: (progress: Progress) => void) => {
    const terminal = new FakeTerminal({ isTTY });
    const progress = new Progress(terminal.stderr, total);
    work(progress);
    progress.end();
    return terminal.written.stderr;
  };
  const drawn = (text: string) => [...text.matchAll(BAR)].map(([, bar]) => bar);
  const show =
    (...steps: number[]) =>
    (progress: Progress) => {
      for (const step of steps) {
        progress.show(step, `${step} redriven`);
        jest.advanceTimersByTime(100);
      }
    };

  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is a bar on a terminal', () => {
    const bars = drawn(written(true, 40, show(0, 20, 40)));

    expect([...new Set(bars)]).toEqual([
      '[..............................] 0 redriven',
      '[###############...............] 20 redriven',
      '[##############################] 40 redriven',
    ]);
  });

  it('has no bar where nobody knows the end', () => {
    expect(new Set(drawn(written(true, undefined, show(20))))).toEqual(new Set(['20 redriven']));
  });

  it('is a line at each tenth elsewhere', () => {
    const lines = written(false, 40, show(0, 3, 4, 5, 7, 30, 40));

    expect(lines).toBe('4 redriven\n30 redriven\n40 redriven\n');
  });

  it('leaves a line above the bar', () => {
    const text = written(true, 40, (progress) => {
      show(20)(progress);
      progress.log('line 2: no');
    });

    expect(text).toMatch(/\x1b\[2Kline 2: no\n(\x1b\[1G)+\[#{15}\.{15}\] 20 redriven\x1b\[0K/);
  });

  it('leaves a line among the others elsewhere', () => {
    expect(written(false, 40, (progress) => progress.log('line 2: no'))).toBe('line 2: no\n');
  });

  it('keeps no timer when it is at its end', () => {
    written(true, 40, show(20));

    expect(jest.getTimerCount()).toBe(0);
  });
});
