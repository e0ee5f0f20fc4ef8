import { z } from 'zod';
import type { DeadLetterFilter } from '../../../application/ports/dead-letters.js';
import type { MessagePublishFailed, MessageTooLarge } from '../../../application/ports/message-publisher.js';
import type { RedrivenDeadLetters } from '../../../application/dead-letters/redrive-dead-letters.js';
import type { ResolveDeadLettersCommand } from '../../../application/dead-letters/resolve-dead-letters.js';
import type { DeadLetterOutcome, DeadLetterQuery, DeadLetterSelection } from './dead-letter-dtos.js';
import { HttpRefusal } from '../problems/problem-details.js';
import { invalidRequest } from '../problems/problem-mapping.js';

export const DEFAULT_LIMIT = 100;
const DATE_TIME = z.iso.datetime({ offset: true });

const NOTHING_SELECTED =
  'must be true when there is no filter: say which dead letters with reason, orderId, id, olderThanSeconds or before';

export function filterOf(
  { reason, orderId, olderThanSeconds, id }: DeadLetterQuery & { readonly id?: string },
  topic: string,
  now: Date,
): DeadLetterFilter {
  return {
    reason,
    orderId,
    before: olderThanSeconds === undefined ? undefined : new Date(now.getTime() - olderThanSeconds * 1_000),
    origin: id === undefined ? undefined : originOf(id, topic),
  };
}

/** Takes in nothing that is given up from `now` on: what comes back while others are sent waits for the next time. */
export function commandOf(
  { all, limit = DEFAULT_LIMIT, dryRun, ...selected }: DeadLetterSelection,
  topic: string,
  now: Date,
): ResolveDeadLettersCommand & { readonly before: Date } {
  if (all !== true && Object.keys(selected).length === 0) {
    throw fault('all', NOTHING_SELECTED);
  }
  const filter = filterOf(selected, topic, now);
  const times = [now, filter.before ?? now, timeOf(selected.before) ?? now].map((time) => time.getTime());
  const before = new Date(Math.max(0, Math.min(...times)));
  return { filter: { ...filter, before }, before, limit, dryRun };
}

/** A date with time and zone; tsoa takes any of ISO 8601, in the zone of the machine, but none before the year 100. */
function timeOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  if (!DATE_TIME.safeParse(text).success)
    throw fault('before', 'must be a time such as 2025-01-15T10:30:00Z');
  return new Date(text);
}

export function outcomeOf(before: Date, settled: RedrivenDeadLetters): DeadLetterOutcome {
  const { matched, resolved, failure } = settled;
  const outcome = { matched, resolved, remaining: matched - resolved, before };
  if (failure === undefined) return outcome;
  const { origin, error } = failure;
  const id = `${origin.partition}-${origin.offset}`;
  return { ...outcome, failure: { id, detail: detailOf(error) } };
}

function detailOf(error: MessagePublishFailed | MessageTooLarge): string {
  if (error.name === 'MessageTooLarge') return 'The message is larger than the log takes.';
  if (error.outcome === 'unknown') {
    return 'The log did not confirm the message. Send the same again later: its order takes effect once.';
  }
  return error.reason === 'overloaded'
    ? 'The service has more to publish than it can now. Send the same again later.'
    : 'The log can not be reached now. Send the same again later.';
}

function originOf(id: string, topic: string) {
  const [partition = '', offset = ''] = id.split('-');
  return { topic, partition: Number(partition), offset: String(BigInt(offset)) };
}

function fault(field: string, detail: string): HttpRefusal {
  return new HttpRefusal(invalidRequest([{ field, in: 'body', detail }]));
}
