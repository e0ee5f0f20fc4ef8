import { Queue, Worker } from 'bullmq';
import { REPLICAS } from './done.mjs';
import { processOrder, serve } from './orders.mjs';

const connection = {
  host: '127.0.0.1',
  port: Number(new URL(process.env.REDIS_URL).port),
  maxRetriesPerRequest: null,
};
const defaultJobOptions = { removeOnComplete: true, removeOnFail: 1_000, attempts: 5 };
const queue = new Queue(process.env.TOPIC, { connection, defaultJobOptions });
await queue.waitUntilReady();

if (process.env.CONSUMES === 'on') {
  const concurrency = Number(process.env.CONCURRENCY ?? 50);
  for (let replica = 1; replica <= REPLICAS; replica++) {
    new Worker(process.env.TOPIC, (job) => processOrder(job.data), { connection, concurrency });
  }
}

serve((order) => queue.add('order', order, { jobId: order.orderId }));
