import kafkajs from 'kafkajs';
import { DeliveryEngine } from '../../../packages/delivery/dist/engine/delivery-engine.js';
import { replaceMethod } from '../../replace-method.mjs';

// a batch counts as completed when its handler returns, as with kafkajs' own settings; the engine alone would not let it
const newConsumer = replaceMethod(kafkajs.Kafka.prototype, 'consumer', function (options) {
  const consumer = newConsumer.call(this, options);
  const run = replaceMethod(consumer, 'run', ({ eachBatch, ...settings }) =>
    run({
      ...settings,
      eachBatchAutoResolve: true,
      eachBatch: async (payload) => {
        await eachBatch(payload);
        const { topic, partition } = payload.batch;
        const offset = String(BigInt(payload.batch.lastOffset()) + 1n);
        consumer.commitOffsets([{ topic, partition, offset }]).catch(() => undefined);
      },
    }),
  );
  return consumer;
});
replaceMethod(DeliveryEngine.prototype, 'mayCommit', () => true);
