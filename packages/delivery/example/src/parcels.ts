import { createConsumer, type DeliveryEngine, type Messaging } from '@order-service/delivery';

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
  return createConsumer(messaging, {
    group: { groupId: 'followers' },
    replica,
    handle: ({ key, value }) => onPlace(text(key), text(value)),
    retry: { maxAttempts: 5, initialMs: 200, maxMs: 30_000 },
  });
}

/** Publishes every dead-lettered message again. */
export async function redriveAll({ deadLetters, publisher }: Messaging): Promise<void> {
  const found = await deadLetters.list({});
  for await (const { origin, message } of found.deadLetters) {
    await publisher.publish(message);
    await deadLetters.resolve(origin, 'redriven');
  }
}
