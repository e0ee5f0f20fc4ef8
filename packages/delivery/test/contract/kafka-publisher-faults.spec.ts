import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PublishedMessage } from '../../src/engine/publisher.js';
import { partitionForKey } from '../../src/engine/default-partitioner.js';
import {
  startKafkaTestBroker,
  type KafkaTestBroker,
  type KafkaTestTopic,
} from '../support/kafka-test-broker.js';
import type { TestPublisher } from '../../src/contract/test-broker.js';
import { startProxiedKafka, type ProxiedKafka } from '../support/proxied-kafka.js';
import { describeWithKafkaClusters } from '../support/requirements.js';
import { waitFor } from '../../src/contract/wait-for.js';

const value = new Uint8Array(100);
const message = (key: string) => ({ key, value, headers: {} });
const keys = (count: number, name: string) => Array.from({ length: count }, (_, index) => `${name}-${index}`);

type Outcome = PublishedMessage | 'not-sent' | 'unknown';

async function publishOutcome(publisher: TestPublisher, key: string): Promise<Outcome> {
  try {
    return await publisher.publish(message(key));
  } catch (error) {
    return (error as { outcome: 'not-sent' | 'unknown' }).outcome;
  }
}

/** What was confirmed is in the topic once, at the position that was confirmed; what was refused is not. */
async function expectHonest(topic: KafkaTestTopic, outcomes: ReadonlyMap<string, Outcome>): Promise<void> {
  const logged = new Map<string, string[]>();
  for (const { key, partition, offset } of await topic.records()) {
    logged.set(key, [...(logged.get(key) ?? []), `${partition}/${offset}`]);
  }
  const wrong: string[] = [];
  for (const [key, outcome] of outcomes) {
    const positions = logged.get(key) ?? [];
    const right =
      outcome === 'not-sent'
        ? positions.length === 0
        : outcome === 'unknown'
          ? positions.length <= 1
          : positions.length === 1 && positions[0] === `${outcome.partition}/${outcome.offset}`;
    if (!right) wrong.push(`${key}: ${JSON.stringify(outcome)}, but in the log at [${positions.join(', ')}]`);
  }
  expect(wrong).toEqual([]);
}

describeWithKafkaClusters('a publisher on Kafka when a broker fails', () => {
  describe('one broker', () => {
    let kafka: ProxiedKafka;
    let broker: KafkaTestBroker;
    beforeAll(async () => {
      kafka = await startProxiedKafka({ brokers: 1 });
      broker = await startKafkaTestBroker({ brokers: kafka.brokers, directBrokers: kafka.directBrokers });
    });
    afterAll(async () => {
      await broker.close();
      await kafka.stop();
    });

    const proxy = () => {
      const [first] = kafka.proxies;
      if (first === undefined) throw new Error('there is no proxy');
      return first;
    };
    async function open(options: Parameters<KafkaTestTopic['publisher']>[0] = {}, partitions = 5) {
      const topic = await broker.topic(partitions);
      const publisher = topic.publisher(options);
      publisher.start();
      await publisher.publish(message('warm-up'));
      return { topic, publisher };
    }

    it.each([
      ['swallow', 5],
      ['drop', 5],
      ['swallow', 300],
      ['drop', 300],
    ] as const)(
      'loses, doubles and reorders nothing when responses are lost (%s), under concurrency, on %i partitions',
      async (fault, partitions) => {
        const { topic, publisher } = await open({}, partitions);
        const outcomes = new Map<string, Outcome>();
        const published: string[] = [];
        for (let round = 0; round < 3; round++) {
          if (fault === 'swallow') proxy().swallowProduceResponses(1);
          else proxy().dropAtProduceResponses(1);
          const faultsBefore = proxy().faultsDone;
          const sent = keys(100, `round-${round}`).map(async (key) => {
            published.push(key);
            outcomes.set(key, await publishOutcome(publisher, key));
          });
          await Promise.all(sent);
          expect(proxy().faultsDone).toBe(faultsBefore + 1);
        }
        await expectHonest(topic, outcomes);
        const confirmed = [...outcomes.values()].filter((outcome) => typeof outcome === 'object');
        expect(confirmed).toHaveLength(300);
        const inTheLog = (await topic.records()).map(({ key }) => key);
        for (let partition = 0; partition < partitions; partition++) {
          const ofPartition = (key: string) => partitionForKey(key, partitions) === partition;
          expect(inTheLog.filter(ofPartition)).toEqual(['warm-up', ...published].filter(ofPartition));
        }
      },
    );

    it('says unknown when no response ever comes, and the next message goes through a new producer', async () => {
      const { topic, publisher } = await open({ deadlineMs: 3_000 });
      proxy().swallowProduceResponses(1_000);
      const startedAt = Date.now();
      const outcomes = new Map([['lost', await publishOutcome(publisher, 'lost')]]);
      expect(Date.now() - startedAt).toBeLessThan(4_000);
      expect(outcomes.get('lost')).toBe('unknown');

      proxy().swallowProduceResponses(0);
      for (const key of keys(50, 'after')) outcomes.set(key, await publishOutcome(publisher, key));
      await expectHonest(topic, outcomes);
      expect([...outcomes.values()].filter((outcome) => typeof outcome === 'object')).toHaveLength(50);
    });

    it('refuses within its deadline while the broker is unavailable, as not sent, and recovers with it', async () => {
      const { topic, publisher } = await open({ deadlineMs: 3_000 });
      await proxy().tcp.refuse();
      const outcomes = new Map<string, Outcome>();
      const startedAt = Date.now();
      const first = keys(20, 'first').map(async (key) => {
        outcomes.set(key, await publishOutcome(publisher, key));
      });
      await Promise.all(first);
      expect(Date.now() - startedAt).toBeLessThan(4_000);
      for (const key of keys(5, 'while-unavailable')) {
        outcomes.set(key, await publishOutcome(publisher, key));
        expect(outcomes.get(key)).toBe('not-sent');
      }

      await proxy().tcp.accept();
      await waitFor(
        'a publish that goes through',
        async () => typeof (await publishOutcome(publisher, 'probe')) === 'object',
      );
      for (const key of keys(20, 'after')) outcomes.set(key, await publishOutcome(publisher, key));
      expect(keys(20, 'after').map((key) => typeof outcomes.get(key))).toEqual(Array(20).fill('object'));
      await expectHonest(topic, outcomes);
    });

    it('refuses as not sent, within its deadline, when the broker was never there', async () => {
      const absent = await startKafkaTestBroker({
        brokers: ['127.0.0.1:1'],
        directBrokers: kafka.directBrokers,
      });
      const publisher = (await absent.topic(1)).publisher({ deadlineMs: 3_000 });
      publisher.start();
      const startedAt = Date.now();
      expect(await publishOutcome(publisher, 'a')).toBe('not-sent');
      expect(Date.now() - startedAt).toBeLessThan(4_000);
      await absent.close();
    });

    it('refuses at once when its queue is full, and holds no more than that', async () => {
      const { topic, publisher } = await open({ maxQueuedMessages: 100, deadlineMs: 3_000 });
      proxy().tcp.hang();
      const outcomes = new Map<string, Outcome>();
      const sent = keys(150, 'hung').map(async (key) => {
        outcomes.set(key, await publishOutcome(publisher, key));
      });
      await waitFor('the refusals', () => outcomes.size === 50);
      expect([...outcomes.values()]).toEqual(Array(50).fill('not-sent'));
      proxy().tcp.flow();
      await Promise.all(sent);
      await expectHonest(topic, outcomes);
    });

    it('closes in bounded time while the broker hangs, and settles everything', async () => {
      const { topic, publisher } = await open({ deadlineMs: 2_000 });
      proxy().tcp.hang();
      const outcomes = new Map<string, Outcome>();
      const sent = keys(50, 'hung').map(async (key) => {
        outcomes.set(key, await publishOutcome(publisher, key));
      });
      const startedAt = Date.now();
      await publisher.close();
      expect(Date.now() - startedAt).toBeLessThan(6_000);
      await Promise.all(sent);
      expect(new Set(outcomes.values())).not.toContain(undefined);
      proxy().tcp.flow();
      await expectHonest(topic, outcomes);
    });
  });

  describe('three brokers', () => {
    let kafka: ProxiedKafka;
    let broker: KafkaTestBroker;
    beforeAll(async () => {
      kafka = await startProxiedKafka({
        brokers: 3,
        properties: { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' },
      });
      const { brokers, directBrokers } = kafka;
      broker = await startKafkaTestBroker({ brokers, directBrokers, replicationFactor: 3 });
    }, 90_000);
    afterAll(async () => {
      await broker.close();
      await kafka.stop();
    });

    async function open(partitions: number) {
      const topic = await broker.topic(partitions);
      const publisher = topic.publisher();
      publisher.start();
      await Promise.all(keys(30, 'warm-up').map((key) => publisher.publish(message(key))));
      return { topic, publisher };
    }

    it.each([6, 300])(
      'loses and doubles nothing while responses are lost and one broker is slow, on %i partitions',
      async (partitions) => {
        const { topic, publisher } = await open(partitions);
        const outcomes = new Map<string, Outcome>();
        kafka.proxies[0]?.delayProduceResponses(300);
        for (let round = 0; round < 4; round++) {
          kafka.proxies[1]?.swallowProduceResponses(1);
          kafka.proxies[2]?.dropAtProduceResponses(1);
          const sent = keys(200, `round-${round}`).map(async (key) => {
            outcomes.set(key, await publishOutcome(publisher, key));
          });
          await Promise.all(sent);
        }
        kafka.proxies[0]?.delayProduceResponses(0);
        await expectHonest(topic, outcomes);
        expect([...outcomes.values()].filter((outcome) => typeof outcome === 'object')).toHaveLength(800);
      },
    );

    it('loses and doubles nothing while every broker is restarted, one after another', async () => {
      const { topic, publisher } = await open(6);
      const outcomes = new Map<string, Outcome>();
      let restarting = true;
      const load = Array.from({ length: 8 }, async (_, client) => {
        for (let count = 0; restarting; count++) {
          const key = `client-${client}-${count}`;
          outcomes.set(key, await publishOutcome(publisher, key));
        }
      });
      for (const node of kafka.cluster.nodes) {
        await topic.inSync();
        await node.stop();
        await node.start();
      }
      await topic.inSync();
      restarting = false;
      await Promise.all(load);
      await expectHonest(topic, outcomes);
      expect(outcomes.size).toBeGreaterThan(100);
    }, 240_000);

    it('is held up by a broker that hangs in its own partitions only', async () => {
      const { topic, publisher } = await open(3);
      await topic.inSync();
      const leaders = await topic.leaders();
      const hungPartition = leaders.findIndex((leader) => leader === 1);
      const keyIn = (partition: number, name: string): string => {
        const found = keys(1_000, name).find((key) => partitionForKey(key, 3) === partition);
        if (found === undefined) throw new Error('no key falls in the partition');
        return found;
      };
      kafka.proxies[0]?.tcp.hang();
      const hung = publishOutcome(publisher, keyIn(hungPartition, 'hung'));
      const others = [0, 1, 2].filter((partition) => partition !== hungPartition);
      const startedAt = Date.now();
      for (let round = 0; round < 20; round++) {
        const sent = others.map((partition) => publishOutcome(publisher, keyIn(partition, `round-${round}`)));
        for (const outcome of await Promise.all(sent)) expect(outcome).toMatchObject({ topic: topic.name });
      }
      expect(Date.now() - startedAt).toBeLessThan(2_000);
      expect(await hung).toBe('unknown');
      for (const partition of others) {
        expect(await publishOutcome(publisher, keyIn(partition, 'after'))).toMatchObject({
          topic: topic.name,
        });
      }
      kafka.proxies[0]?.tcp.flow();
    });
  });
});
