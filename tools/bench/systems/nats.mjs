import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { REPLICAS } from './done.mjs';
import { processOrder, serve } from './orders.mjs';

const subject = process.env.TOPIC.replaceAll('.', '-');
const connection = await connect({ servers: process.env.NATS_URL });
const manager = await jetstreamManager(connection);
await manager.streams.add({ name: subject, subjects: [subject], storage: 'file' });
const log = jetstream(connection);

if (process.env.CONSUMES === 'on') {
  const durable_name = 'orders';
  await manager.consumers.add(subject, {
    durable_name,
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: 1_000,
  });
  for (let replica = 1; replica <= REPLICAS; replica++) {
    const consumer = await log.consumers.get(subject, durable_name);
    const messages = await consumer.consume({ max_messages: Number(process.env.CONCURRENCY ?? 200) });
    void (async () => {
      for await (const message of messages) void processOrder(message.json()).then(() => message.ack());
    })();
  }
}

serve((order) => log.publish(subject, JSON.stringify(order)));
