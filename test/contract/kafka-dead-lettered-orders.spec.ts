import { DeliveryDeadLetters } from '../../src/infrastructure/delivery/delivery-dead-letters.js';
import { startKafkaTestBroker } from '../../packages/delivery/test/support/kafka-test-broker.js';
import { startKafkaDeadLettersFixture } from '../../packages/delivery/test/support/kafka-dead-letters-fixture.js';
import { describeWithKafka, kafkaBrokers } from '../../packages/delivery/test/support/requirements.js';
import { deadLetteredOrdersContract } from './dead-lettered-orders.contract.js';

describeWithKafka('on Kafka', () => {
  deadLetteredOrdersContract(async () => {
    const messaging = await startKafkaTestBroker({ brokers: kafkaBrokers });
    const deadLetters = await startKafkaDeadLettersFixture(kafkaBrokers);
    return {
      ...messaging,
      openDeadLetters: async ({ name }, partitions) => {
        await deadLetters.createTopic(`${name}.dlq`, partitions);
        return new DeliveryDeadLetters(deadLetters.open(`${name}.dlq`));
      },
      close: async () => {
        await deadLetters.close();
        await messaging.close();
      },
    };
  });
});
