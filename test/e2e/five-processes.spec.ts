import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Installation } from '../support/installation.js';
import { databaseUrl, describeWithKafkaAndPostgres, kafkaBrokers } from '../support/requirements.js';
import { waitFor } from '../support/wait-for.js';

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

  it('carry out 1,000 orders, each by one replica, which is in the log and in the store', async () => {
    await start();
    const ids = await service.send(1_000);
    expect(ids).toHaveLength(1_000);
    await service.allCarriedOut(ids);

    const rows = await service.database.query<{ order_id: string; replica: string; partition: number }>(
      'SELECT order_id, replica, partition FROM orders',
    );
    expect(rows.map((row) => row.order_id).sort()).toEqual([...ids].sort());
    const replicaOf = new Map(
      service.lines('order processed').map(({ orderId, process }) => [orderId, process]),
    );
    for (const { order_id, replica } of rows) expect(replicaOf.get(order_id)).toBe(replica);
    expect(service.carriedOut().sort()).toEqual([...ids].sort());
    const replicasOfPartition = new Set(rows.map(({ partition, replica }) => `${partition} ${replica}`));
    expect(replicasOfPartition.size).toBe(5);
    expect(new Set(rows.map(({ replica }) => replica)).size).toBe(5);
    expect(await stop()).toEqual([0, 0, 0, 0, 0, 0]);
  }, 120_000);

  it('log one line for each order that says who carried it out', async () => {
    await start();
    const headers = { 'Content-Type': 'application/json', 'X-Correlation-Id': 'trace-me' };
    const body = JSON.stringify({ orderId: 'one', product: 'Espresso machine' });
    await fetch(`${service.url}/api/Order/Send`, { method: 'POST', headers, body });
    await service.allCarriedOut(['one']);
    await waitFor('the line', () => service.lines('order processed').length === 1);
    expect(service.lines('order accepted')).toMatchObject([{ orderId: 'one', correlationId: 'trace-me' }]);
    const [line] = service.lines('order processed');
    expect(line).toMatchObject({ orderId: 'one', correlationId: 'trace-me', attempt: 1, offset: '0' });
    expect(line).toMatchObject({ replica: line?.process, partition: expect.any(Number) as unknown });
    expect(line?.['durationMs']).toEqual(expect.any(Number));

    const found = await fetch(`${service.url}/api/Order/one`);
    expect(await found.json()).toMatchObject({ orderId: 'one', status: 'processed', replica: line?.process });
  }, 60_000);

  it('take over what a replica leaves behind that is killed in the middle of its work, and lose nothing', async () => {
    await start({ FULFILMENT_DELAY_MS: '100' });
    const ids = await service.send(300);
    expect(ids).toHaveLength(300);
    // well before the end, so that the victim has records in hand that are not done
    expect(service.carriedOut().length).toBeLessThan(300);
    service.consumers[0]?.signal('SIGKILL');
    await service.allCarriedOut(ids);

    const rows = await service.database.query<{ order_id: string }>('SELECT order_id FROM orders');
    expect(rows.map((row) => row.order_id).sort()).toEqual([...ids].sort());
    const repeated = service.lines('order was carried out already').length;
    expect(repeated).toBeLessThanOrEqual(50);
  }, 120_000);

  it('carry out every order that was answered with success by an API that is then killed', async () => {
    await start();
    const sending = service.send(2_000);
    await waitFor('some orders', () => service.lines('order accepted').length > 300);
    service.api.signal('SIGKILL');
    const accepted = await sending;
    expect(accepted.length).toBeGreaterThan(0);
    expect(accepted.length).toBeLessThan(2_000);
    await service.allCarriedOut(accepted);
    const rows = await service.database.query<{ order_id: string }>('SELECT order_id FROM orders');
    const stored = rows.map((row) => row.order_id);
    expect(stored).toEqual(expect.arrayContaining(accepted));
    // what was in hand at the kill, at most one order a client, may have been taken in without an answer
    expect(stored.length - accepted.length).toBeLessThanOrEqual(16);
  }, 60_000);

  it('do not notice when a replica is killed and comes back under its id: it goes on where it was', async () => {
    await start({ FULFILMENT_DELAY_MS: '20' });
    const sending = service.send(600);
    const [victim] = service.consumers;
    if (victim === undefined) throw new Error('there is no consumer');
    await waitFor(
      'work of the victim',
      () => service.log.filter(({ process }) => process === victim.name).length > 10,
    );
    const assignedBefore = service.lines('partitions assigned').length;
    victim.signal('SIGKILL');
    await victim.exited;
    await service.addConsumer(victim.name);
    const ids = await sending;
    await service.allCarriedOut(ids);

    const rejoined = service.lines('partitions assigned').slice(assignedBefore);
    expect(rejoined.map(({ process }) => process)).toEqual([victim.name]);
    const rows = await service.database.query<{ order_id: string }>('SELECT order_id FROM orders');
    expect(rows.map((row) => row.order_id).sort()).toEqual([...ids].sort());
  }, 120_000);

  it('end the older of two replicas with one id, with an error that names it', async () => {
    await start();
    const [older] = service.consumers;
    if (older === undefined) throw new Error('there is no consumer');
    await service.addConsumer(older.name);
    expect(await older.exited).toBe(1);
    expect(service.lines('the process ends after a failure')).toMatchObject([
      {
        error: {
          message: expect.stringContaining(`as '${older.name}': give each replica a REPLICA_ID`) as unknown,
        },
      },
    ]);
    const ids = await service.send(100);
    await service.allCarriedOut(ids);
  }, 60_000);

  it('carry nothing out twice when one after another is stopped and started again under load', async () => {
    await start({ FULFILMENT_DELAY_MS: '5-40' });
    const sending = service.send(1_500);
    for (const consumer of [...service.consumers]) {
      expect(await consumer.stop()).toBe(0);
      await service.addConsumer(`${consumer.name}-again`);
      await service.ready();
    }
    const ids = await sending;
    expect(ids).toHaveLength(1_500);
    await service.allCarriedOut(ids);
    await waitFor('all lines', () => service.carriedOut().length >= 1_500);
    expect(service.carriedOut().sort()).toEqual([...ids].sort());
    expect(service.lines('order was carried out already')).toEqual([]);
  }, 180_000);
});
