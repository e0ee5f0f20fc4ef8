import kafkajs from 'kafkajs';
import { DeliveryEngine } from '../../../dist/interfaces/messaging/delivery/delivery-engine.js';

// a batch is resolved, and by and by committed, when its handler returns; the engine alone would not let it
const { consumer: consumerOf } = kafkajs.Kafka.prototype;
kafkajs.Kafka.prototype.consumer = function (options) {
  const consumer = consumerOf.call(this, options);
  const { run } = consumer;
  consumer.run = (settings) =>
    run({ ...settings, eachBatchAutoResolve: true, autoCommit: true, autoCommitInterval: 200 });
  return consumer;
};
DeliveryEngine.prototype.mayCommit = () => true;
