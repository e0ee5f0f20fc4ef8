import { describe, expect, it } from '@jest/globals';
import { parseOptions } from '../options.js';

const KNOWN = { faults: ['kill-broker', 'kill-replica'], mutants: ['no-drain', 'no-epochs'] };
const parsed = (...args: string[]) => parseOptions(args, KNOWN);

describe('the options of a chaos run', () => {
  it('are two minutes of all faults on one broker, from a new seed, when nothing is said', () => {
    const [first, second] = [parsed(), parsed()];

    expect(first).toMatchObject({
      kind: 'run',
      options: { minutes: 2, brokers: 1, partitions: 5, rate: 60, quiet: false },
    });
    expect(first).not.toEqual(second);
  });

  it('are taken as they are said', () => {
    const said = [
      '--minutes',
      '0.5',
      '--seed',
      '7',
      '--rate',
      '100',
      '--brokers',
      '3',
      '--partitions',
      '50',
      '--mutant',
      'no-drain',
    ];

    expect(parsed(...said, '--faults', 'kill-broker,kill-replica')).toEqual({
      kind: 'run',
      options: {
        minutes: 0.5,
        seed: 7,
        rate: 100,
        brokers: 3,
        partitions: 50,
        mutant: 'no-drain',
        faults: ['kill-broker', 'kill-replica'],
        quiet: false,
      },
    });
    expect(parsed('--judge', 'a.json.gz')).toEqual({ kind: 'judge', file: 'a.json.gz' });
    expect(parsed('--mutants', 'no-epochs')).toEqual({ kind: 'mutants', names: ['no-epochs'] });
    expect(parsed('--help')).toEqual({ kind: 'help' });
  });

  it('are a quiet load for longer, when that is asked for', () => {
    expect(parsed('--quiet')).toMatchObject({ options: { minutes: 4, rate: 1, quiet: true } });
    expect(parsed('--quiet', '--rate', '0.5', '--minutes', '1')).toMatchObject({
      options: { minutes: 1, rate: 0.5, quiet: true },
    });
  });

  it.each([
    [['--brokers', '2'], '--brokers must be 1 or 3'],
    [['--partitions', '0'], "--partitions must be a number from 1 to 1000, not '0'"],
    [['--minutes', 'long'], "--minutes must be a number from 0.1 to 1440, not 'long'"],
    [['--rate', ''], "--rate must be a number from 0.1 to 5000, not ''"],
    [['--faults', 'kill-brokers'], "there is no fault 'kill-brokers', only kill-broker, kill-replica"],
    [['--mutant', 'drain'], "there is no wrong service 'drain', only no-drain, no-epochs"],
    [['--mutants', 'drain'], "there is no wrong service 'drain', only no-drain, no-epochs"],
    [['kill-broker'], "'kill-broker' is not understood"],
    [['--fault', 'kill-broker'], "Unknown option '--fault'"],
  ])('are refused, and it is said why: %j', (args, why) => {
    expect(() => parsed(...args)).toThrow(why);
  });
});
