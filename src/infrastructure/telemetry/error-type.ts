import { MessagePublishFailed } from '../../application/ports/message-publisher.js';

/** What may go wrong, by the name of the error: a bounded set. */
const TYPES: Readonly<Record<string, string>> = {
  AttemptTimedOut: 'timed_out',
  ConflictingContent: 'conflicting',
  DeadLettersUnavailable: 'dead_letters_unavailable',
  FulfilmentFailed: 'fulfilment_failed',
  FulfilmentUnavailable: 'fulfilment_unavailable',
  InvalidMessage: 'invalid',
  MessageTooLarge: 'too_large',
  NotOurs: 'not_ours',
  StoreUnavailable: 'store_unavailable',
  UndecodableMessage: 'undecodable',
};

/** So OpenTelemetry's conventions call what is in no list. */
const OTHER = '_OTHER';

/** For the attribute `error.type`. */
export function errorType(error: unknown): string {
  if (error instanceof MessagePublishFailed) return error.reason ?? 'outcome_unknown';
  const name = error instanceof Error ? error.name : '';
  return Object.hasOwn(TYPES, name) ? (TYPES[name] ?? OTHER) : OTHER;
}
