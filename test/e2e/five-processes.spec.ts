import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { LOG_LINES } from '../../tools/log-lines.js';
import { Installation } from '../support/installation.js';
import {
  databaseUrl,
  describeWithKafkaAndPostgres,
  kafkaBrokers,
} from '../../packages/delivery/test/support/requirements.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

describeWithKafkaAndPostgres('an API and five consumer processes', () => {
  let service: Installation;
  const start = async (environment: Record<string, string> = {}) => {
    service = await Installation.start({ brokers: kafkaBrokers, databaseUrl, environment }, 5);
    await service.settled();
  };
  let codes: Promise<(number | null)[]> | undefined;
  const stop = () => (codes ??= service.stop());
  beforeEach(() => {
    codes = undefined;
  });
  afterEach(() => stop());

  it('process 1,000 orders, each in one replica, which the log and the store name', async () => {
    await start();
    const ids = await service.send(1_000);
    expect(ids).toHaveLength(1_000);
    await service.allProcessed(ids);

    const rows = await service.database.query<{ order_id: string; replica: string; partition: number }>(
      'SELECT order_id, replica, partition FROM orders',
    );
    expect(await service.effects()).toEqual([...ids].sort());
    const replicaOf = new Map(
      service.log.lines(LOG_LINES.processed).map(({ orderId, process }) => [orderId, process]),
    );
    for (const { order_id, replica } of rows) expect(replicaOf.get(order_id)).toBe(replica);
    expect(service.log.processed().sort()).toEqual([...ids].sort());
    const replicasOfPartition = new Set(rows.map(({ partition, replica }) => `${partition} ${replica}`));
    expect(replicasOfPartition.size).toBe(5);
    expect(new Set(rows.map(({ replica }) => replica)).size).toBe(5);
    expect(await stop()).toEqual([0, 0, 0, 0, 0, 0]);
  }, 120_000);

  it('log one line for each order that says which replica processed it', async () => {
    await start();
    const headers = { 'Content-Type': 'application/json', 'X-Correlation-Id': 'trace-me' };
    const body = JSON.stringify({ orderId: 'one', product: 'Espresso machine' });
    await fetch(`${service.url}/api/Order/Send`, { method: 'POST', headers, body });
    await service.allProcessed(['one']);
    await waitFor('the line', () => service.log.lines(LOG_LINES.processed).length === 1);
    expect(service.log.lines(LOG_LINES.accepted)).toMatchObject([
      { orderId: 'one', correlationId: 'trace-me' },
    ]);
    const [line] = service.log.lines(LOG_LINES.processed);
    expect(line).toMatchObject({ orderId: 'one', correlationId: 'trace-me', attempt: 1, offset: '0' });
    expect(line).toMatchObject({ replica: line?.process, partition: expect.any(Number) as unknown });
    expect(line?.['durationMs']).toEqual(expect.any(Number));

    const found = await fetch(`${service.url}/api/Order/one`);
    expect(await found.json()).toMatchObject({ orderId: 'one', status: 'processed', replica: line?.process });
  }, 60_000);

  it('process every order that was accepted by an API that is then killed', async () => {
    await start();
    const sending = service.send(2_000);
    await waitFor('some orders', () => service.log.lines(LOG_LINES.accepted).length > 300);
    service.api.signal('SIGKILL');
    const accepted = await sending;
    expect(accepted.length).toBeGreaterThan(0);
    expect(accepted.length).toBeLessThan(2_000);
    await service.allProcessed(accepted);
    const stored = await service.effects();
    expect(stored).toEqual(expect.arrayContaining(accepted));
    // what was in flight at the kill, at most one order a client, may have been published without a response
    expect(stored.length - accepted.length).toBeLessThanOrEqual(16);
  }, 60_000);

  it('end the older of two replicas with one id, with an error that names it', async () => {
    await start();
    const [older] = service.consumers;
    if (older === undefined) throw new Error('there is no consumer');
    await service.addConsumer(older.name);
    expect(await older.exited).toBe(1);
    expect(service.log.lines(LOG_LINES.failed)).toMatchObject([
      {
        error: {
          message: expect.stringContaining(
            `as member '${older.name}': each member needs an id of its own`,
          ) as unknown,
        },
      },
    ]);
    const ids = await service.send(100);
    await service.allProcessed(ids);
  }, 60_000);
});
