import { PartitionLane } from '../../../packages/delivery/dist/kafka/partition-sender.js';
import { PartitionLanes } from '../../../packages/delivery/dist/kafka/partition-lanes.js';

const laneOf = PartitionLanes.prototype.lane;

// one lane for all partitions, and so one send for the brokers of all of them
PartitionLanes.prototype.lane = function () {
  return laneOf.call(this, 0);
};

PartitionLane.prototype.append = async function ({ producer }, batch) {
  const messages = batch.map(({ message }) => message);
  const answers = await producer.send({ topic: this.topic, messages, acks: -1, timeout: 2_000 });
  const next = new Map(answers.map(({ partition, baseOffset }) => [partition, BigInt(baseOffset)]));
  for (const { message, resolve } of batch) {
    const offset = next.get(message.partition) ?? 0n;
    next.set(message.partition, offset + 1n);
    resolve({ topic: this.topic, partition: message.partition, offset: String(offset) });
  }
  return 0n;
};
