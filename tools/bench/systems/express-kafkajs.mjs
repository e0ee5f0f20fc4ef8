import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { REPLICAS } from './done.mjs';
import { processOrder, serve } from './orders.mjs';

const topic = process.env.TOPIC;
const kafka = new Kafka({ brokers: process.env.KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();

if (process.env.CONSUMES === 'on') {
  const consumers = Array.from({ length: REPLICAS }, () => kafka.consumer({ groupId: 'express' }));
  await Promise.all(
    consumers.map(async (consumer) => {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        eachMessage: ({ message }) => processOrder(JSON.parse(message.value.toString())),
      });
    }),
  );
}

serve((order) => producer.send({ topic, messages: [{ key: order.orderId, value: JSON.stringify(order) }] }));
