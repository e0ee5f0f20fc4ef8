import { PartitionSender } from '../../../packages/delivery/dist/kafka/partition-sender.js';
import { PartitionSenders } from '../../../packages/delivery/dist/kafka/partition-senders.js';
import { replaceMethod, withFields } from '../../replace-method.mjs';

// one sender for all partitions, and so one send for the brokers of all of them
const append = replaceMethod(PartitionSenders.prototype, 'append', function (message, bytes, choose) {
  const { topic } = withFields(withFields(this, 'settings').settings, 'topic');
  const queued = { ...toKafkajs(message), topic };
  return append.call(this, queued, bytes, (partitions) => {
    queued.partition = choose(partitions);
    return 0;
  });
});

replaceMethod(PartitionSender.prototype, 'append', async function (producer, batch) {
  const messages = batch.map(({ message }) => message);
  const [{ topic }] = messages;
  const { kafkajs } = withFields(producer, 'kafkajs');
  const appended = await kafkajs.send({ topic, messages, acks: -1, timeout: 2_000 });
  const next = new Map(appended.map(({ partition, baseOffset }) => [partition, BigInt(baseOffset)]));
  for (const { message, resolve } of batch) {
    const { partition } = message;
    const offset = next.get(partition) ?? 0n;
    next.set(partition, offset + 1n);
    resolve({ topic, partition, offset: String(offset) });
  }
  return 0n;
});

function toKafkajs({ key, value, headers }) {
  const entries = Object.entries(headers ?? {}).map(([name, header]) => [name, toBuffer(header)]);
  return { key: toBuffer(key), value: toBuffer(value), headers: Object.fromEntries(entries) };
}

function toBuffer(bytes) {
  return bytes === null || bytes === undefined ? null : Buffer.from(bytes);
}
