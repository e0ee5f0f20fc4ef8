import {
  DeliveryEngine,
  retryThenDeadLetter,
  toDeadLetter,
  type Messaging,
  type RecordHandler,
} from '@order-service/delivery';

const consumerGroup = 'followers';
const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? undefined);

/** Resolves when every in-sync replica has the message. */
export async function publishPlace(messaging: Messaging, parcel: string, place: string): Promise<void> {
  await messaging.publisher.publish({ key: parcel, value: Buffer.from(place), headers: {} });
}

/** One replica of the consumer: calls `onPlace` for each message, at least once, in the order of each parcel. */
export function newFollower(
  messaging: Messaging,
  replica: string,
  onPlace: (parcel: string, place: string) => Promise<void>,
): DeliveryEngine {
  const handler: RecordHandler = {
    handle: ({ key, value }) => onPlace(text(key), text(value)),
    decide: retryThenDeadLetter({ maxAttempts: 5, initialMs: 200, maxMs: 30_000 }),
    deadLetter: (record, reason, failures) =>
      messaging.deadLetters.add(toDeadLetter(record, reason, failures, { consumerGroup, replica })),
  };
  const source = messaging.source({ groupId: consumerGroup });
  return new DeliveryEngine(replica, source, handler, { handlerTimeoutMs: 10_000 }, { logger: console });
}

/** Publishes every dead-lettered message again. */
export async function redriveAll({ deadLetters, publisher }: Messaging): Promise<void> {
  const found = await deadLetters.list({});
  for await (const { origin, message } of found.deadLetters) {
    await publisher.publish(message);
    await deadLetters.resolve(origin, 'redriven');
  }
}
