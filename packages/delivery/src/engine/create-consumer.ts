import { DeliveryEngine, type EngineSurroundings } from './delivery-engine.js';
import type { DeliverySettings } from './delivery-settings.js';
import type { GroupSettings, Messaging } from './messaging.js';
import type { RecordHandler } from './record-handler.js';
import { retryThenDeadLetter, type RetryPolicy } from './retry-then-dead-letter.js';
import { toDeadLetter } from './to-dead-letter.js';

export interface ConsumerOptions {
  readonly group: GroupSettings;
  /** The replica's name: the same after a restart, and different from all others of the group. */
  readonly replica: string;
  /** Resolves when the record's effect is saved. */
  readonly handle: RecordHandler['handle'];
  /** Ten attempts within 2 to 4 minutes by default. */
  readonly retry?: RetryPolicy;
  readonly settings?: Partial<DeliverySettings>;
  readonly surroundings?: Partial<EngineSurroundings>;
}

const RETRY: RetryPolicy = { maxAttempts: 10, initialMs: 1_000, maxMs: 60_000 };

/** A replica for most needs: whatever `handle` fails with is retried, and at last dead-lettered as `exhausted`. */
export function createConsumer(
  messaging: Pick<Messaging, 'source' | 'deadLetters'>,
  { group, replica, handle, retry = RETRY, settings, surroundings }: ConsumerOptions,
): DeliveryEngine {
  const consumer = { consumerGroup: group.groupId, replica };
  const handler: RecordHandler = {
    handle,
    decide: retryThenDeadLetter(retry),
    deadLetter: (record, reason, failures) =>
      messaging.deadLetters.add(toDeadLetter(record, reason, failures, consumer)),
  };
  return new DeliveryEngine(replica, messaging.source(group), handler, settings, surroundings);
}
