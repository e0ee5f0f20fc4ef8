import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { ConsumerGroupHarness } from '../../src/contract/consumer-group-harness.js';
import { startKafkaTestBroker } from '../support/kafka-test-broker.js';
import type { TestBroker } from '../../src/contract/test-broker.js';
import { describeWithKafka, kafkaBrokers } from '../support/requirements.js';
import { waitFor } from '../../src/contract/wait-for.js';
import { consumingContract } from '../../src/contract/consuming.contract.js';
import { feedContract } from '../../src/contract/feed.contract.js';
import { lagContract } from '../../src/contract/lag.contract.js';
import { rebalancingContract } from '../../src/contract/rebalancing.contract.js';
import { standingContract } from '../../src/contract/standing.contract.js';

describeWithKafka('on Kafka', () => {
  const startBroker = () => startKafkaTestBroker({ brokers: kafkaBrokers });
  consumingContract(startBroker);
  rebalancingContract(startBroker);
  lagContract(startBroker);
  standingContract(startBroker);
  feedContract(startBroker);
});

describeWithKafka('a consumer on Kafka with a session time-out of 6 s', () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await startKafkaTestBroker({ brokers: kafkaBrokers, sessionTimeoutMs: 6_000 });
  });
  afterAll(() => broker.close());

  it('keeps its membership while a handler takes longer than that', async () => {
    const topic = await broker.topic(5);
    const group = new ConsumerGroupHarness(topic);
    group.handler = { handle: () => delay(8_000) };
    await group.start(2);
    await group.waitForAssignment(5);
    const before = group.assignments();
    await group.publish(1);
    await group.waitForHandled(1);
    await waitFor('the commit', async () => (await topic.committed(group.groupId)).includes(1n));
    expect(group.startedKeys()).toHaveLength(1);
    expect(group.assignments()).toEqual(before);
    await group.stop();
  });
});
