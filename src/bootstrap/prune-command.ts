import { Command, InvalidArgumentError } from 'commander';
import { DAY_MS, TOPIC_RETENTION_DAYS } from './config/limits.js';

export interface PruneOptions {
  readonly olderThanMs: number;
  readonly dryRun: boolean;
}

/** Kafka deletes whole segments, and one of a quiet topic may have messages of a week, `segment.ms`. */
const SEGMENT_DAYS = 7;
/** A message of the topic may be delivered again: then the row of its order makes that harmless. */
const MIN_DAYS = TOPIC_RETENTION_DAYS + SEGMENT_DAYS + 1;

/** The command line of `npm run prune`. */
export function createPruneCommand(): Command {
  return new Command('npm run prune --')
    .description('Deletes completed orders and lines of history that are old. Parked orders stay.')
    .requiredOption('--older-than <days>', `how old at least, such as 60d; ${MIN_DAYS}d or more`, parseDays)
    .option('--dry-run', 'only count them', false);
}

/** Ends the process where the arguments can't be understood. */
export function parsePruneOptions(command: Command, args: readonly string[]): PruneOptions {
  const { olderThan, dryRun } = command
    .parse(args, { from: 'user' })
    .opts<{ olderThan: number; dryRun: boolean }>();
  return { olderThanMs: olderThan * DAY_MS, dryRun };
}

function parseDays(text: string): number {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  if (days === undefined) throw new InvalidArgumentError('It must be a number of days, such as 60d');
  if (Number(days) >= MIN_DAYS) return Number(days);
  throw new InvalidArgumentError(
    `It must be ${MIN_DAYS}d or more: the topic keeps messages for up to ${MIN_DAYS - 1} days, ` +
      'and one whose order is deleted would be processed again if it were delivered again',
  );
}
