import { connect } from 'amqplib';
import { REPLICAS } from './done.mjs';
import { processOrder, serve } from './orders.mjs';

const queue = process.env.TOPIC;
const connection = await connect(process.env.AMQP_URL);
const channel = await connection.createConfirmChannel();
await channel.assertQueue(queue, { durable: true });

if (process.env.CONSUMES === 'on') {
  for (let replica = 1; replica <= REPLICAS; replica++) {
    const consuming = await connection.createChannel();
    await consuming.prefetch(Number(process.env.CONCURRENCY ?? 200));
    await consuming.consume(queue, async (message) => {
      await processOrder(JSON.parse(message.content.toString()));
      consuming.ack(message);
    });
  }
}

serve(
  (order) =>
    new Promise((resolve, reject) => {
      channel.sendToQueue(queue, Buffer.from(JSON.stringify(order)), { persistent: true }, (error) =>
        error ? reject(error) : resolve(),
      );
    }),
);
