import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { startKafkaCluster, type KafkaCluster } from '../../tools/dev-servers/kafka-cluster.js';
import { startPostgres, type PostgresServer } from '../../tools/dev-servers/postgres-server.js';
import { LOG_LINES } from '../../tools/log-lines.js';
import { Installation } from '../support/installation.js';
import { describeWithKafkaClusters } from '../../packages/delivery/test/support/requirements.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

describeWithKafkaClusters('the service while what it depends on is unavailable', () => {
  let kafka: KafkaCluster;
  let postgres: PostgresServer;
  let service: Installation;
  beforeAll(async () => {
    [kafka, postgres] = await Promise.all([startKafkaCluster({ brokers: 1 }), startPostgres()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([kafka.stop(), postgres.stop()]);
  });
  afterEach(() => service.stop());

  const start = async (consumers: number, environment: Record<string, string> = {}) => {
    service = await Installation.start(
      { brokers: kafka.brokers, databaseUrl: postgres.url, environment },
      consumers,
    );
  };
  const broker = () => {
    const [node] = kafka.nodes;
    if (node === undefined) throw new Error('there is no broker');
    return node;
  };
  const firstConsumer = () => {
    const [first] = service.consumers;
    if (first === undefined) throw new Error('there is no consumer');
    return first;
  };
  const [api, consumer] = [() => fetch(`${service.url}/health/ready`), () => service.health(firstConsumer())];

  it('processes all of 10,000 orders though the broker is restarted at a third and at two thirds', async () => {
    await start(5);
    const sending = service.sendUntilAccepted(10_000);
    for (const share of [1 / 3, 2 / 3]) {
      await waitFor('the share', async () => (await service.database.countOf('orders')) > 10_000 * share, {
        deadlineMs: 120_000,
      });
      await broker().stop();
      await broker().start();
    }
    const ids = await sending;
    await service.allProcessed(ids, 120_000);
    expect(await service.effects()).toEqual([...ids].sort());
  }, 360_000);

  it('responds with 503 and Retry-After within 5 s while the broker is unavailable, says so in its readiness, and recovers', async () => {
    await start(1);
    await service.send(5);
    await broker().stop();

    const responses: { status: number; type: string; retryAfter: string | null; ms: number }[] = [];
    await waitFor('a response that says that nothing was sent', async () => {
      const startedAt = Date.now();
      const response = await service.post({
        orderId: `unsent-${responses.length}`,
        product: 'Espresso machine',
      });
      const { type = '' } = (await response.json()) as { type?: string };
      const retryAfter = response.headers.get('retry-after');
      responses.push({
        status: response.status,
        type: type.split(':').at(-1) ?? '',
        retryAfter,
        ms: Date.now() - startedAt,
      });
      return responses.at(-1)?.type === 'broker-unavailable';
    });
    for (const { status, type, retryAfter, ms } of responses) {
      expect(status).toBe(503);
      expect(retryAfter).toBe('1');
      expect(['outcome-unknown', 'broker-unavailable']).toContain(type);
      expect(ms).toBeLessThan(5_000);
    }
    await waitFor('unready', async () => (await api()).status === 503 && (await consumer()).status === 503);

    await broker().start();
    await waitFor('ready', async () => (await api()).ok && (await consumer()).ok, { deadlineMs: 30_000 });
    const ids = await service.send(20);
    expect(ids).toHaveLength(20);
    await waitFor('them in the store', async () => {
      const rows = await service.database.query('SELECT FROM orders WHERE order_id = ANY($1)', [ids]);
      return rows.length === 20;
    });
  }, 120_000);

  it('accepts orders while the store is unavailable, counts no attempt for them, and goes on by itself', async () => {
    await start(5);
    await service.allProcessed(await service.send(50));
    await postgres.down();
    const ids = await service.send(50);
    expect(ids).toHaveLength(50);
    await waitFor(
      'the states',
      async () => (await api()).status === 200 && (await consumer()).status === 503,
    );
    expect(await (await api()).json()).toMatchObject({ status: 'degraded' });
    expect((await fetch(`${service.url}/api/Order/order-1`)).status).toBe(503);
    await waitFor('the open circuit breaker', () => service.log.lines(LOG_LINES.circuitOpened).length > 0);

    await postgres.up();
    await service.allProcessed(Array.from({ length: 100 }, (_, index) => String(index)));
    const rows = await service.database.query<{ attempt: number }>('SELECT attempt FROM orders');
    expect(rows.map(({ attempt }) => attempt)).toEqual(Array(100).fill(1));
    await waitFor('ready', async () => (await consumer()).ok);
  }, 60_000);

  it('starts while both are unavailable, is unready meanwhile, and works when they come', async () => {
    await Promise.all([broker().stop(), postgres.down()]);
    try {
      service = await Installation.launch({ brokers: kafka.brokers, databaseUrl: postgres.url });
      await waitFor('the API', async () => (await api()).status === 503);
      expect((await service.post({ product: 'Espresso machine' })).status).toBe(503);
      await waitFor('the consumer', async () => (await consumer()).status === 503);
    } finally {
      await postgres.up();
      await broker().start();
    }
    await service.database.make();
    await service.ready();
    await service.allProcessed(await service.send(20));
  }, 90_000);
});
