import { PartitionQueue } from '../../../packages/delivery/dist/kafka/partition-queue.js';
import { replaceMethod } from '../../replace-method.mjs';

// a request that was answered counts for all of its partitions, whatever the leader says of each
const answered = replaceMethod(PartitionQueue.prototype, 'answered', function (batch, { baseOffset }) {
  return answered.call(this, batch, { baseOffset });
});
