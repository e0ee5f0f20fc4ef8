import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { waitFor } from '../../src/contract/wait-for.js';
import { kafkaMessaging } from '../support/kafka-messaging.js';
import { newTopicName } from '../support/new-topic-name.js';
import { startProxiedKafka, type ProxiedKafka } from '../support/proxied-kafka.js';
import { describeWithKafkaClusters } from '../support/requirements.js';

describeWithKafkaClusters('a feed on Kafka when the broker is unavailable', () => {
  let kafka: ProxiedKafka;
  beforeAll(async () => {
    kafka = await startProxiedKafka({ brokers: 1 });
  });
  afterAll(() => kafka.stop());

  it('appends nothing, says so soon, and goes on for all who follow when it is available again', async () => {
    const topic = newTopicName();
    const messaging = kafkaMessaging({ brokers: kafka.brokers, topic });
    const feed = messaging.feed({ topic: `${topic}.feed` });
    const seen: string[] = [];
    feed.follow(({ value }) => seen.push(Buffer.from(value).toString()));
    const append = (text: string) => feed.append('key', Buffer.from(text));
    await waitFor('the follower', async () => (await append('before')) && seen.includes('before'));

    const [proxy] = kafka.proxies;
    await proxy?.tcp.refuse();
    const startedAt = performance.now();
    expect(await append('in the outage')).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(4_000);

    await proxy?.tcp.accept();
    await waitFor('the next one', async () => (await append('after')) && seen.includes('after'), {
      deadlineMs: 30_000,
    });
    await messaging.stop();
    expect(seen).not.toContain('in the outage');
  }, 90_000);

  it('is waited for by nobody who starts without it', async () => {
    const [proxy] = kafka.proxies;
    await proxy?.tcp.refuse();
    const topic = newTopicName();
    const messaging = kafkaMessaging({ brokers: kafka.brokers, topic });
    const feed = messaging.feed({ topic: `${topic}.feed` });
    const seen: string[] = [];
    feed.follow(({ value }) => seen.push(Buffer.from(value).toString()));
    expect(await feed.append('key', Buffer.from('1'))).toBe(false);
    await proxy?.tcp.accept();
    await waitFor(
      'an entry',
      async () => {
        await feed.append('key', Buffer.from('2'));
        return seen.includes('2');
      },
      { deadlineMs: 60_000 },
    );
    const startedAt = performance.now();
    await messaging.stop();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  }, 120_000);
});
