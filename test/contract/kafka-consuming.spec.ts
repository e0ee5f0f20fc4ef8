import { startKafkaBed } from '../support/kafka-bed.js';
import { describeWithKafka, kafkaBrokers } from '../support/requirements.js';
import { consumingContract } from './consuming.contract.js';

describeWithKafka('on Kafka', () => {
  consumingContract(() => startKafkaBed({ brokers: kafkaBrokers }));
});
