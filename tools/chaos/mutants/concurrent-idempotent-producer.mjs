import { PartitionSender } from '../../../packages/delivery/dist/kafka/partition-sender.js';
import { replaceMethod, withFields } from '../../replace-method.mjs';

// the next send doesn't wait for the response to the last one
replaceMethod(PartitionSender.prototype, 'run', async function () {
  withFields(this, 'running', 'nextBatch', 'send');
  this.running = true;
  await Promise.resolve();
  for (let batch = this.nextBatch(); batch.length > 0; batch = this.nextBatch()) void this.send(batch);
  this.running = false;
});
