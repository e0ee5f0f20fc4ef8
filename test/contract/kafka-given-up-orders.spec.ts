import { startKafkaBed } from '../support/kafka-bed.js';
import { startKafkaDeadLettersBed } from '../support/kafka-dead-letters-bed.js';
import { describeWithKafka, kafkaBrokers } from '../support/requirements.js';
import { givenUpOrdersContract } from './given-up-orders.contract.js';

describeWithKafka('on Kafka', () => {
  givenUpOrdersContract(async () => {
    const messaging = await startKafkaBed({ brokers: kafkaBrokers });
    const letters = await startKafkaDeadLettersBed(kafkaBrokers);
    return {
      ...messaging,
      deadLettersOf: async ({ name }, partitions) => {
        await letters.createTopic(`${name}.dlq`, partitions);
        return letters.open(`${name}.dlq`);
      },
      close: async () => {
        await letters.close();
        await messaging.close();
      },
    };
  });
});
