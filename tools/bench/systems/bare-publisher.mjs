import { createKafkaClient } from '../../../packages/delivery/dist/kafka/kafka-client.js';
import { KafkaMessagePublisher } from '../../../packages/delivery/dist/kafka/kafka-publisher.js';
import { applyKafkajsRepairs } from '../../../packages/delivery/dist/kafka/kafkajs-patches.js';
import { LaneProducers } from '../../../packages/delivery/dist/kafka/partition-producers.js';
import { expressClasses } from '../../../dist/interfaces/http/server/express-classes.js';
import { serve } from './orders.mjs';

// what a service could do at best with this publisher and the classes of Express: nothing is checked, made or logged besides
const logger = { debug() {}, info() {}, warn() {}, error() {}, scope: (_fields, run) => run() };
applyKafkajsRepairs();
const publisher = new KafkaMessagePublisher(
  {
    topic: process.env.TOPIC,
    deadlineMs: 4_500,
    maxMessageBytes: 1_000_000,
    maxQueuedMessages: 20_000,
    maxQueuedBytes: 64 * 1024 * 1024,
  },
  new LaneProducers(
    () =>
      createKafkaClient(
        { brokers: process.env.KAFKA_BROKERS.split(','), clientId: 'bench', requestTimeoutMs: 2_000 },
        logger,
      ),
    logger,
  ),
  () => 5,
);
publisher.start();
const utf8 = new TextEncoder();
serve(
  (order) =>
    publisher.publish({ key: order.orderId, value: utf8.encode(JSON.stringify(order)), headers: {} }),
  expressClasses,
);
