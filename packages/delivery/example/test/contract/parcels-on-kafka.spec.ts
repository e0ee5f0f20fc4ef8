import { expect, it } from '@jest/globals';
import { KafkaMessaging } from '@order-service/delivery/kafka';
import { silentLogger } from '../../../src/contract/silent-logger.js';
import { newTopicName } from '../../../test/support/new-topic-name.js';
import { describeWithKafka, kafkaBrokers } from '../../../test/support/requirements.js';
import { parcelsTests } from '../parcels-tests.js';
import { runMain } from '../run-main.js';

describeWithKafka('the example, on Kafka', () => {
  const settings = { brokers: kafkaBrokers, clientId: 'parcels', partitions: 5, replicationFactor: 1 };
  parcelsTests(
    () => new KafkaMessaging({ ...settings, topic: newTopicName(), reasons: ['exhausted'] }, silentLogger),
  );

  it('runs as the README has it', async () => {
    const environment = { KAFKA_BROKERS: kafkaBrokers.join(','), TOPIC: newTopicName() };
    expect(await runMain(environment)).toEqual({
      exitCode: 0,
      followed: ['parcel-1 is in Leipzig', 'parcel-1 is in Lyon'],
    });
  });
});
