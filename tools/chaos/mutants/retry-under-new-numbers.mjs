import { PartitionQueue } from '../../../packages/delivery/dist/kafka/partition-queue.js';
import { replaceMethod, withFields } from '../../replace-method.mjs';

// a batch without an answer is sent again as if it were another one, so that the broker can't recognise it
const unanswered = replaceMethod(PartitionQueue.prototype, 'unanswered', function (batch, cause) {
  withFields(batch, 'encoded');
  withFields(this, 'sequence').sequence += batch.messages.length;
  batch.encoded = undefined;
  return unanswered.call(this, batch, cause);
});
