import { PartitionLane } from '../../../packages/delivery/dist/kafka/partition-sender.js';

// the next send doesn't wait for the answer to the last one
PartitionLane.prototype.run = async function () {
  this.running = true;
  await Promise.resolve();
  for (let batch = this.nextBatch(); batch.length > 0; batch = this.nextBatch()) void this.send(batch);
  this.running = false;
};
