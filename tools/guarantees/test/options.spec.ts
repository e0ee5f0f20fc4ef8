import { describe, expect, it } from '@jest/globals';
import { parseOptions } from '../options.js';

const parse = (...args: string[]) => parseOptions(args, ['throughput', 'poisonBurst']);

describe('the options of the guarantees', () => {
  it('are all scenarios, and nothing is written', () => {
    expect(parse()).toEqual({ scenarios: [], write: false });
  });

  it('name scenarios, and write the document', () => {
    expect(parse('poisonBurst', '--write')).toEqual({ scenarios: ['poisonBurst'], write: true });
  });

  it('are refused with what is wrong', () => {
    expect(() => parse('speed')).toThrow("there is no scenario 'speed', only throughput, poisonBurst");
    expect(() => parse('--fast')).toThrow('--fast');
  });

  it('ask for help', () => {
    expect(parse('--help')).toBe('help');
  });
});
