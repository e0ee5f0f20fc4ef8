import { expect, it } from '@jest/globals';
import { startKafkaTestBroker } from '../support/kafka-test-broker.js';
import { describeWithKafka, kafkaBrokers } from '../support/requirements.js';
import { publisherContract } from '../../src/contract/publisher.contract.js';

describeWithKafka('on Kafka', () => {
  publisherContract(() => startKafkaTestBroker({ brokers: kafkaBrokers }));
});

describeWithKafka('a publisher on Kafka', () => {
  it('tells of all that it was given and has not settled', async () => {
    const broker = await startKafkaTestBroker({ brokers: kafkaBrokers });
    const publisher = (await broker.topic(5)).publisher();
    publisher.start();
    const value = new Uint8Array(100);
    const publishing = Array.from({ length: 50 }, (_, n) =>
      publisher.publish({ key: `${n}`, value, headers: {} }),
    );
    const { messages, bytes } = publisher.queued;
    await Promise.all(publishing);
    await broker.close();

    expect(messages).toBe(50);
    expect(bytes).toBeGreaterThan(50 * 100);
  });
});
