import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { kafkaMessaging } from '../../packages/delivery/test/support/kafka-messaging.js';
import { newTopicName } from '../../packages/delivery/test/support/new-topic-name.js';
import { describeWithKafka, kafkaBrokers } from '../../packages/delivery/test/support/requirements.js';
import type { LiveView } from '../../src/application/live/live-view.js';
import { DeliveryReplicaReports } from '../../src/infrastructure/delivery/delivery-replica-reports.js';
import { silentLogger } from '../../packages/delivery/src/contract/silent-logger.js';
import { aReport, partitions } from '../support/a-report.js';
import { LiveClient } from '../support/live-client.js';
import { MeteredService } from '../support/metered-service.js';

const owners = ({ replicas }: LiveView) =>
  replicas.flatMap(({ id, partitions }) => partitions.map(({ partition }) => `${partition}:${id}`)).sort();
const stateOf = ({ replicas }: LiveView, id: string) => replicas.find((each) => each.id === id)?.state;

describeWithKafka('the page of five replicas in two processes on Kafka', () => {
  const topic = `${newTopicName()}.orders`;
  const group = `group-of-${topic}`;
  let one: MeteredService;
  let two: MeteredService;
  let here: LiveClient;
  let there: LiveClient;

  const start = (name: string, replicas: number) =>
    MeteredService.start({
      MESSAGING: 'kafka',
      ALLOW_VOLATILE_STORE: 'true',
      KAFKA_BROKERS: kafkaBrokers.join(','),
      KAFKA_TOPIC: topic,
      KAFKA_GROUP: group,
      REPLICA_ID: name,
      REPLICAS: String(replicas),
    });

  beforeAll(async () => {
    one = await start('one', 3);
    two = await start('two', 2);
    here = await LiveClient.open(one.client.url);
    there = await LiveClient.open(two.client.url);
  }, 60_000);
  afterAll(async () => {
    here.close();
    there.close();
    await Promise.all([one.stop(), two.stop()]);
  }, 60_000);

  it('is the same in both', async () => {
    for (const client of [here, there]) {
      const view = await client.sees('five replicas with a partition each', (each) => {
        return (
          each.replicas.length === 5 && each.replicas.every((replica) => replica.partitions.length === 1)
        );
      });
      expect(view.replicas.map(({ id }) => id)).toEqual(['one-1', 'one-2', 'one-3', 'two-1', 'two-2']);
    }
    expect(owners(there.view as LiveView)).toEqual(owners(here.view as LiveView));
  }, 60_000);

  it('shows in both what became of orders', async () => {
    for (let n = 0; n < 40; n++) await one.send();
    for (const client of [here, there]) {
      await client.sees('forty processed', ({ replicas }) => {
        return replicas.flatMap(({ recent }) => recent).length === 40;
      });
      await client.sees('no lag', ({ totals, history }) => {
        return totals.pending === 0 && String(history.points.at(-1)?.lag) === '0,0,0,0,0';
      });
    }
  }, 60_000);

  it('has a replica of the other process pause and go on', async () => {
    const path = '/api/Replica/two-1';
    expect((await one.client.post(`${path}/Pause`, { by: 'Ada' })).status).toBe(202);
    for (const client of [here, there]) {
      await client.sees('it paused', (view) => stateOf(view, 'two-1') === 'paused');
    }
    expect((await one.client.post(`${path}/Resume`, {})).status).toBe(202);
    await here.sees('it goes on', (view) => stateOf(view, 'two-1') === 'working');
  }, 60_000);

  it('shows as gone who reports once and then no more, and leaves out what is no report', async () => {
    const messaging = kafkaMessaging({ brokers: kafkaBrokers, topic });
    const feed = messaging.feed({ topic: topic.replace('.orders', '.replica-status') });
    const reports = new DeliveryReplicaReports(feed, { topic, group }, silentLogger);
    await feed.append('x', Buffer.from('{"state":'));
    reports.report(aReport({ replica: 'ghost', partitions: partitions(7) }));
    await here.sees('the ghost', (view) => stateOf(view, 'ghost') === 'working');
    await here.sees('it is gone', (view) => stateOf(view, 'ghost') === 'gone', 10_000);
    await messaging.stop();
  }, 60_000);

  it('is up to date in a flood of what is no report', async () => {
    const flooded = ['replica-status', 'replica-commands'].map((name) =>
      kafkaMessaging({ brokers: kafkaBrokers, topic: topic.replace('orders', name) }),
    );
    await Promise.all(flooded.map((each) => each.start()));
    const value = Buffer.from(JSON.stringify({ junk: 'x'.repeat(20_000) }));
    let flooding = true;
    const flood = async ({ publisher }: (typeof flooded)[number], key: string) => {
      while (flooding) await publisher.publish({ key, value, headers: {} }).catch(() => undefined);
    };
    const floods = flooded.flatMap((each) => ['a', 'b'].map((key) => flood(each, key)));
    await one.client.post('/api/Replica/one-1/Pause', {});
    await here.sees('it paused', (view) => stateOf(view, 'one-1') === 'paused');
    await one.client.post('/api/Replica/one-1/Resume', {});
    await here.sees('it goes on', (view) => stateOf(view, 'one-1') === 'working');
    await one.send();
    flooding = false;
    await Promise.all(floods);
    await Promise.all(flooded.map((each) => each.stop()));
  }, 90_000);

  it('shows a process that stops, and who has its partitions then', async () => {
    const before = await here.sees('each of them works', (view) => {
      const isWorking = view.replicas.filter(({ state }) => state === 'working').length === 5;
      return isWorking && owners(view).length === 5;
    });
    const lost = before.replicas.filter(({ id }) => id.startsWith('two')).flatMap((each) => each.partitions);
    await two.stop();
    await waitFor('the end', () => there.hasEnded);
    const view = await here.sees('the others have all', (each) => {
      const isStopped = ['two-1', 'two-2'].every((id) => stateOf(each, id) === 'stopped');
      return isStopped && owners(each).length === 5;
    });
    const moved = view.moves.filter(({ why }) => why === 'stopped').map(({ partition }) => partition);
    expect(new Set(moved)).toEqual(new Set(lost.map(({ partition }) => partition)));
  }, 60_000);
});
