import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, type Pool } from 'pg';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import { OldRows, type RowCounts } from '../../src/infrastructure/postgres/old-rows.js';
import { migrate } from '../../src/infrastructure/postgres/postgres-migrations.js';
import { PostgresOrderRepository } from '../../src/infrastructure/postgres/postgres-order-repository.js';
import { createPostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { anOrder } from '../support/an-order.js';
import { PostgresDatabase } from '../support/postgres-database.js';
import { storedIds, storeRows } from '../support/stored-rows.js';

const BEFORE = new Date('2026-06-01T00:00:00Z');
const OLD = new Date('2026-05-31T23:59:59.999Z');
const serverUrl = process.env['TEST_DATABASE_URL'];
const describeWithPostgres = serverUrl ? describe : describe.skip;

describeWithPostgres('old rows in PostgreSQL', () => {
  let database: PostgresDatabase;
  let pool: Pool;

  const oldRows = (batchSize?: number) => new OldRows(pool, BEFORE, batchSize);

  beforeAll(async () => {
    database = await PostgresDatabase.create(serverUrl ?? '');
    await migrate(database.url, new RecordingLogger());
  });

  beforeEach(() => {
    pool = createPostgresPool(database.url, { logger: new RecordingLogger() });
  });

  afterEach(async () => {
    await pool.end();
    await database.query('TRUNCATE orders, order_history');
  });

  afterAll(() => database.drop());

  it('are the completed orders and the lines of history from before a time', async () => {
    await storeRows(database, { name: 'processed-', at: OLD });
    await storeRows(database, { name: 'rejected-', at: OLD, status: 'rejected' });
    await storeRows(database, { name: 'new-', at: BEFORE });

    expect(await deleteAll(oldRows())).toEqual({ orders: 2, historyLines: 2 });
    expect(await storedIds(database, 'orders')).toEqual(['new-1']);
    expect(await storedIds(database, 'order_history')).toEqual(['new-1']);
  });

  it('are no parked orders, nor lines of their history, however old', async () => {
    await storeRows(database, { name: 'parked-', at: OLD, status: 'parked', count: 3 });

    expect(await deleteAll(oldRows(2))).toEqual({ orders: 0, historyLines: 0 });
    expect(await storedIds(database, 'orders')).toHaveLength(3);
    expect(await storedIds(database, 'order_history')).toHaveLength(3);
  });

  it('are the old lines of an order that was parked and is completed since, not the order', async () => {
    await storeRows(database, { name: 'redriven-', at: OLD, status: 'parked' });
    await new PostgresOrderRepository(pool).save({
      ...anOrder().withId('redriven-1').storedProcessed(),
      order: anOrder().withId('redriven-1').processed(BEFORE),
    });

    expect(await deleteAll(oldRows())).toEqual({ orders: 0, historyLines: 1 });
    expect(await database.query('SELECT status FROM order_history')).toEqual([{ status: 'processed' }]);
    expect(await storedIds(database, 'orders')).toEqual(['redriven-1']);
  });

  it('are deleted batch by batch, and what is deleted is told after each', async () => {
    await storeRows(database, { name: 'old-', at: OLD, count: 5 });

    expect(await batchesOf(oldRows(2))).toEqual([
      { historyLines: 2, orders: 0 },
      { historyLines: 4, orders: 0 },
      { historyLines: 5, orders: 0 },
      { historyLines: 5, orders: 2 },
      { historyLines: 5, orders: 4 },
      { historyLines: 5, orders: 5 },
    ]);
  });

  it('are deleted as far as it came when it was stopped, and the rest the next time', async () => {
    await storeRows(database, { name: 'old-', at: OLD, count: 5 });
    for await (const { historyLines } of oldRows(2).delete()) {
      if (historyLines === 4) break;
    }

    expect(await database.countOf('order_history')).toBe(1);
    expect(await deleteAll(oldRows(2))).toEqual({ historyLines: 1, orders: 5 });
  });

  it('are deleted once when two delete at the same time', async () => {
    await storeRows(database, { name: 'old-', at: OLD, count: 2_000 });
    await storeRows(database, { name: 'new-', at: BEFORE, count: 20 });

    const [one, two] = await Promise.all([deleteAll(oldRows(50)), deleteAll(oldRows(50))]);

    expect(one.historyLines + two.historyLines).toBe(2_000);
    expect(one.orders + two.orders).toBe(2_000);
    expect(await database.countOf('order_history')).toBe(20);
    expect(await database.countOf('orders')).toBe(20);
  });

  it('are left when another transaction has locked them, and it is not waited for', async () => {
    await storeRows(database, { name: 'old-', at: OLD, count: 3 });
    const other = new Client({ connectionString: database.url });
    await other.connect();
    await other.query(`BEGIN; SELECT FROM orders WHERE order_id = 'old-2' FOR UPDATE`);

    expect(await deleteAll(oldRows())).toEqual({ historyLines: 3, orders: 2 });
    await other.end();
    expect(await storedIds(database, 'orders')).toEqual(['old-2']);
  });

  it('may be saved again meanwhile: each save knows the order, or makes a new one', async () => {
    await storeRows(database, { name: 'old-', at: OLD, count: 3_000 });
    const repository = new PostgresOrderRepository(pool);
    const orders = Array.from({ length: 3_000 }, (_, index) => `old-${3_000 - index}`).map((id) => ({
      ...anOrder().withId(id).storedProcessed(),
      order: anOrder().withId(id).processed(BEFORE),
    }));

    const [deleted, ...outcomes] = await Promise.all([
      deleteAll(oldRows(100)),
      ...orders.map((order) => repository.save(order)),
    ]);

    const again = outcomes.filter((outcome) => outcome === 'saved').length;
    expect(await database.countOf('orders')).toBe(3_000 - deleted.orders + again);
    expect(again).toBeLessThanOrEqual(deleted.orders);
  });

  it('are counted, and stay', async () => {
    await storeRows(database, { name: 'old-', at: OLD, count: 7 });
    await storeRows(database, { name: 'parked-', at: OLD, status: 'parked' });
    await storeRows(database, { name: 'new-', at: BEFORE });

    expect(await oldRows(2).count()).toEqual({ historyLines: 7, orders: 7 });
    expect(await database.countOf('orders')).toBe(9);
    expect(await database.countOf('order_history')).toBe(9);
  });
});

async function batchesOf(oldRows: OldRows): Promise<RowCounts[]> {
  const batches: RowCounts[] = [];
  for await (const counts of oldRows.delete()) batches.push(counts);
  return batches;
}

async function deleteAll(oldRows: OldRows): Promise<RowCounts> {
  return (await batchesOf(oldRows)).at(-1) ?? { orders: 0, historyLines: 0 };
}
