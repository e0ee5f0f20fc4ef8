import { startKafkaTestBroker } from '../support/kafka-test-broker.js';
import { describeWithKafka, kafkaBrokers } from '../support/requirements.js';
import { publisherContract } from '../../src/contract/publisher.contract.js';

describeWithKafka('on Kafka', () => {
  publisherContract(() => startKafkaTestBroker({ brokers: kafkaBrokers }));
});
