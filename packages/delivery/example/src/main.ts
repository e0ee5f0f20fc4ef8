import type { Messaging } from '@order-service/delivery';
import { InMemoryMessaging } from '@order-service/delivery/in-memory';
import { KafkaMessaging } from '@order-service/delivery/kafka';
import { newFollower, publishPlace } from './parcels.js';

const { KAFKA_BROKERS, TOPIC = 'parcels' } = process.env;
const settings = { topic: TOPIC, partitions: 5, replicationFactor: 1, reasons: ['exhausted'] };
const messaging: Messaging =
  KAFKA_BROKERS === undefined
    ? new InMemoryMessaging(settings)
    : new KafkaMessaging({ ...settings, brokers: KAFKA_BROKERS.split(','), clientId: 'parcels' }, console);
await messaging.start(); // creates the topic, and the topic of its dead letters, here parcels.dlq

const follower = newFollower(messaging, 'follower-1', async (parcel, place) => {
  console.log(`${parcel} is in ${place}`);
});
await follower.start();
for (const place of ['Leipzig', 'Lyon']) await publishPlace(messaging, 'parcel-1', place);

process.once('SIGTERM', () => {
  void follower.stop(10_000).then(() => messaging.stop()); // what is in flight has 10 s to finish
});
