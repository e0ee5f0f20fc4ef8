import { createConsumer, type Messaging, type ReceivedRecord } from '@order-service/delivery';
import { InMemoryMessaging } from '@order-service/delivery/in-memory';
import { KafkaMessaging } from '@order-service/delivery/kafka';

const { KAFKA_BROKERS, TOPIC: topic = 'parcels' } = process.env;
const settings = { topic, partitions: 5, replicationFactor: 1, reasons: ['exhausted'], clientId: 'parcels' };
const messaging: Messaging =
  KAFKA_BROKERS === undefined
    ? new InMemoryMessaging(settings)
    : new KafkaMessaging({ ...settings, brokers: KAFKA_BROKERS.split(',') }, console);
await messaging.start(); // creates the topic, and one for its dead letters

const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? undefined);
const handle = async ({ key, value }: ReceivedRecord) => {
  console.log(`${text(key)} is in ${text(value)}`);
};
const follower = createConsumer(messaging, {
  group: { groupId: 'followers' },
  replica: 'follower-1',
  handle,
});
process.once('SIGTERM', () => void follower.stop(10_000).then(() => messaging.stop()));
await follower.start();

for (const place of ['Leipzig', 'Lyon']) {
  await messaging.publisher.publish({ key: 'parcel-1', value: Buffer.from(place), headers: {} });
}
