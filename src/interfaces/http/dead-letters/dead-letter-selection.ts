import { z } from 'zod';
import type { RedrivenDeadLetters } from '../../../application/dead-letters/redrive-dead-letters.js';
import type { ResolveDeadLettersCommand } from '../../../application/dead-letters/resolve-dead-letters.js';
import type { DeadLetterFilter } from '../../../application/ports/dead-letters.js';
import type { MessagePublishFailed, MessageTooLarge } from '../../../application/ports/message-publisher.js';
import {
  deadLetterId,
  type DeadLetterOutcome,
  type DeadLetterQuery,
  type DeadLetterSelection,
} from './dead-letter-dtos.js';
import { HttpProblem } from '../problems/problem-details.js';
import { invalidRequest } from '../problems/problem-mapping.js';

export const DEFAULT_LIMIT = 100;
const DATE_TIME = z.iso.datetime({ offset: true });

const NOTHING_SELECTED =
  'must be true when there is no filter: say which dead letters with reason, orderId, id, olderThanSeconds or before';

export function toFilter(
  { reason, orderId, olderThanSeconds, id }: DeadLetterQuery & { readonly id?: string },
  topic: string,
  now: Date,
): DeadLetterFilter {
  return {
    reason,
    orderId,
    before: olderThanSeconds === undefined ? undefined : new Date(now.getTime() - olderThanSeconds * 1_000),
    origin: id === undefined ? undefined : parseOrigin(id, topic),
  };
}

/** Leaves out what is dead-lettered from `now` on: a message that fails again meanwhile is left for the next time. */
export function toCommand(
  { all, limit = DEFAULT_LIMIT, dryRun, ...selected }: DeadLetterSelection,
  topic: string,
  now: Date,
): ResolveDeadLettersCommand & { readonly before: Date } {
  if (all !== true && Object.keys(selected).length === 0) {
    throw bodyFault('all', NOTHING_SELECTED);
  }
  const filter = toFilter(selected, topic, now);
  const times = [now, filter.before ?? now, parseTime(selected.before) ?? now].map((time) => time.getTime());
  const before = new Date(Math.max(0, Math.min(...times)));
  return { filter: { ...filter, before }, before, limit, dryRun };
}

/** A date with time and zone. tsoa accepts any of ISO 8601, in the zone of the machine, but none before the year 100. */
function parseTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  if (!DATE_TIME.safeParse(text).success)
    throw bodyFault('before', 'must be a time such as 2025-01-15T10:30:00Z');
  return new Date(text);
}

export function outcomeView(before: Date, result: RedrivenDeadLetters): DeadLetterOutcome {
  const { matched, resolved, failure } = result;
  const outcome = { matched, resolved, remaining: matched - resolved, before };
  if (failure === undefined) return outcome;
  return { ...outcome, failure: { id: deadLetterId(failure.origin), detail: explainFailure(failure.error) } };
}

function explainFailure(error: MessagePublishFailed | MessageTooLarge): string {
  if (error.name === 'MessageTooLarge') return 'The message is larger than the broker allows.';
  if (error.outcome === 'unknown') {
    return 'The broker did not confirm the message. Send the same again later: its order takes effect once.';
  }
  return error.reason === 'overloaded'
    ? 'The service has more messages than it can publish now. Send the same again later.'
    : 'The broker is unavailable. Send the same again later.';
}

function parseOrigin(id: string, topic: string) {
  const [partition = '', offset = ''] = id.split('-');
  return { topic, partition: Number(partition), offset: String(BigInt(offset)) };
}

function bodyFault(field: string, detail: string): HttpProblem {
  return new HttpProblem(invalidRequest([{ field, in: 'body', detail }]));
}
