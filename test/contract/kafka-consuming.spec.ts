import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Crew } from '../support/crew.js';
import { startKafkaBed } from '../support/kafka-bed.js';
import type { MessagingBed } from '../support/messaging-bed.js';
import { describeWithKafka, kafkaBrokers } from '../support/requirements.js';
import { waitFor } from '../support/wait-for.js';
import { consumingContract } from './consuming.contract.js';

describeWithKafka('on Kafka', () => {
  consumingContract(() => startKafkaBed({ brokers: kafkaBrokers }));
});

describeWithKafka('a consumer on Kafka with a session time-out of 6 s', () => {
  let bed: MessagingBed;
  beforeAll(async () => {
    bed = await startKafkaBed({ brokers: kafkaBrokers, sessionTimeoutMs: 6_000 });
  });
  afterAll(() => bed.close());

  it('keeps its membership while a handler takes longer than that', async () => {
    const topic = await bed.topic(5);
    const crew = new Crew(topic);
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
