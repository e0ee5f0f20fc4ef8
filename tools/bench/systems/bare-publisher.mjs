import { KafkaMessaging } from '@order-service/delivery/kafka';
import { expressClasses } from '../../../dist/interfaces/http/server/express-classes.js';
import { serve } from './orders.mjs';

// what a service could do at best with this publisher and the classes of Express: nothing is checked, made or logged besides
const logger = { debug() {}, info() {}, warn() {}, error() {}, scope: (_fields, run) => run() };
const messaging = new KafkaMessaging(
  {
    brokers: process.env.KAFKA_BROKERS.split(','),
    clientId: 'bench',
    topic: process.env.TOPIC,
    partitions: 5,
    replicationFactor: 1,
    retentionMs: 604_800_000,
    reasons: [],
    publishDeadlineMs: 4_500,
    maxMessageBytes: 1_000_000,
    maxQueuedMessages: 20_000,
    maxQueuedBytes: 64 * 1024 * 1024,
  },
  logger,
);
await messaging.start();
const utf8 = new TextEncoder();
serve(
  (order) =>
    messaging.publisher.publish({
      key: order.orderId,
      value: utf8.encode(JSON.stringify(order)),
      headers: {},
    }),
  expressClasses,
);
