import { startKafkaTestBroker } from '../support/kafka-test-broker.js';
import { describeWithKafka, kafkaBrokers } from '../support/requirements.js';
import { messagePublisherContract } from '../../src/contract/publisher.contract.js';

describeWithKafka('on Kafka', () => {
  messagePublisherContract(() => startKafkaTestBroker({ brokers: kafkaBrokers }));
});
