import { describe, expect, it } from '@jest/globals';
import { parseOptions } from '../options.js';

const parse = (...args: string[]) => parseOptions(args, ['ingest', 'concurrency']);

describe('the options of the benchmark', () => {
  it('are three rounds of everything, which are written', () => {
    expect(parse()).toEqual({ quick: false, rounds: 3, scenarios: [], write: true });
  });

  it('write nothing that is quick or not whole, unless asked to', () => {
    expect(parse('--quick')).toEqual({ quick: true, rounds: 1, scenarios: [], write: false });
    expect(parse('--scenarios', 'ingest,concurrency')).toMatchObject({
      scenarios: ['ingest', 'concurrency'],
      write: false,
    });
    expect(parse('--quick', '--write')).toMatchObject({ write: true });
  });

  it('are refused with what is wrong', () => {
    expect(() => parse('--scenarios', 'ingest,wrok')).toThrow(
      "there is no scenario 'wrok', but ingest, concurrency",
    );
    for (const rounds of ['0', '1.5', '101', 'many']) {
      expect(() => parse('--rounds', rounds)).toThrow(
        `--rounds ${rounds} must be a whole number from 1 to 100`,
      );
    }
    expect(() => parse('--fast')).toThrow('--fast');
  });

  it('ask for help', () => {
    expect(parse('--help')).toBe('help');
  });
});
