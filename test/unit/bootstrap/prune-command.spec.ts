import { describe, expect, it } from '@jest/globals';
import type { CommanderError } from 'commander';
import { createPruneCommand, parsePruneOptions } from '../../../src/bootstrap/prune-command.js';

/** @throws CommanderError in place of ending the process */
function parse(...args: string[]) {
  const command = createPruneCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return parsePruneOptions(command, args);
}

function problemOf(...args: string[]): string {
  try {
    parse(...args);
  } catch (error) {
    return (error as CommanderError).message;
  }
  throw new Error('it was accepted');
}

describe('the command line of npm run prune', () => {
  it('takes days', () => {
    expect(parse('--older-than', '60d')).toEqual({ olderThanMs: 5_184_000_000, dryRun: false });
  });

  it('takes a dry run', () => {
    expect(parse('--dry-run', '--older-than', '60d')).toMatchObject({ dryRun: true });
  });

  it('takes no less than a day more than the topic keeps messages, and says why', () => {
    expect(parse('--older-than', '38d')).toMatchObject({ olderThanMs: 3_283_200_000 });
    expect(problemOf('--older-than', '37d')).toBe(
      "error: option '--older-than <days>' argument '37d' is invalid. It must be 38d or more: the topic keeps messages " +
        'for up to 37 days, and one whose order is deleted would be processed again if it were delivered again',
    );
  });

  it.each(['', '60', '60h', '-60d', '1e3d', '60.5d', '60d ', '123456d', 'd'])(
    "names the option of what it can't understand: '%s'",
    (value) => {
      expect(problemOf(`--older-than=${value}`)).toContain("option '--older-than <days>'");
    },
  );

  it('has no default for how old, and no other arguments', () => {
    expect(problemOf()).toContain("required option '--older-than <days>' not specified");
    expect(problemOf('--older-than', '60d', '--force')).toContain("unknown option '--force'");
    expect(problemOf('--older-than', '60d', 'orders')).toContain('too many arguments');
  });
});
