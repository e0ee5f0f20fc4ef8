import { startKafkaBed } from '../support/kafka-bed.js';
import { describeWithKafka, kafkaBrokers } from '../support/requirements.js';
import { messagePublisherContract } from './message-publisher.contract.js';

describeWithKafka('on Kafka', () => {
  messagePublisherContract(() => startKafkaBed({ brokers: kafkaBrokers }));
});
