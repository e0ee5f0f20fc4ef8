import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { ConsumerGroupHarness } from '../../src/contract/consumer-group-harness.js';
import { startKafkaTestBroker } from '../support/kafka-test-broker.js';
import type { TestBroker } from '../../src/contract/test-broker.js';
import { describeWithKafka, kafkaBrokers } from '../support/requirements.js';
import { waitFor } from '../../src/contract/wait-for.js';
import { consumingContract } from '../../src/contract/consuming.contract.js';

describeWithKafka('on Kafka', () => {
  consumingContract(() => startKafkaTestBroker({ brokers: kafkaBrokers }));
});

describeWithKafka('a consumer on Kafka with a session time-out of 6 s', () => {
  let bed: TestBroker;
  beforeAll(async () => {
    bed = await startKafkaTestBroker({ brokers: kafkaBrokers, sessionTimeoutMs: 6_000 });
  });
  afterAll(() => bed.close());

  it('keeps its membership while a handler takes longer than that', async () => {
    const topic = await bed.topic(5);
    const crew = new ConsumerGroupHarness(topic);
    crew.handler = { ...crew.handler, handle: () => delay(8_000) };
    await crew.hire(2);
    await crew.settled(5);
    const before = crew.assignments();
    await crew.publish(1);
    await crew.handledAll(1);
    await waitFor('the commit', async () => (await topic.committed(crew.group)).includes(1n));
    expect(crew.started()).toHaveLength(1);
    expect(crew.assignments()).toEqual(before);
    await crew.dismiss();
  });
});
