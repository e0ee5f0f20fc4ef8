import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { StoreUnavailable } from '../../src/application/ports/order-repository.js';
import { OrderId } from '../../src/domain/order/order-id.js';
import { PostgresOrderRepository } from '../../src/infrastructure/postgres/postgres-order-repository.js';
import { createPostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { decideDisposition } from '../../src/interfaces/messaging/disposition.js';
import { anOrder } from '../support/an-order.js';
import { migrate } from '../../src/infrastructure/postgres/postgres-migrations.js';
import { PostgresDatabase } from '../support/postgres-database.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';

const MIGRATIONS = fileURLToPath(new URL('../../src/infrastructure/postgres/migrations', import.meta.url));
const NAMES = readdirSync(MIGRATIONS)
  .sort()
  .map((file) => parse(file).name);
const RETRY_POLICY = { maxAttempts: 10, initialMs: 1, maxMs: 1 };
const serverUrl = process.env['TEST_DATABASE_URL'];
const describeWithPostgres = serverUrl ? describe : describe.skip;

describeWithPostgres('the migrations of PostgreSQL', () => {
  let database: PostgresDatabase;
  let logger: RecordingLogger;

  beforeEach(async () => {
    database = await PostgresDatabase.create(serverUrl ?? '');
    logger = new RecordingLogger();
  });

  afterEach(() => database.drop());

  async function migrateUpTo(count: number): Promise<void> {
    await runner({
      databaseUrl: database.url,
      dir: MIGRATIONS,
      direction: 'up',
      migrationsTable: 'migrations',
      count,
      log: () => undefined,
    });
  }

  it('wait for one another when six processes start at once', async () => {
    await Promise.all(Array.from({ length: 6 }, () => migrate(database.url, logger)));
    const names = NAMES.map((name) => ({ name }));
    expect(await database.query('SELECT name FROM migrations ORDER BY id')).toEqual(names);
    expect(await database.countOf('orders')).toBe(0);
  });

  it('leave what is there when they run again', async () => {
    await migrate(database.url, logger);
    await database.query('CREATE TABLE made_later ()');
    await migrate(database.url, logger);
    expect(await database.countOf('made_later')).toBe(0);
    expect(await database.countOf('migrations')).toBe(NAMES.length);
  });

  it('keep the orders of a database at the second migration', async () => {
    await migrateUpTo(2);
    await database.query(`INSERT INTO orders (order_id, product, quantity, placed_at, status, rejection_reason,
        carried_out_at, replica, topic, partition, "offset", attempt) VALUES
      ('a', 'tea', 2, '2026-01-02T03:04:05Z', 'processed', NULL, '2026-01-02T03:04:06Z', 'replica-1', 't', 3, 42, 1),
      ('b', 'tea', 2, '2026-01-02T03:04:05Z', 'parked', NULL, NULL, 'replica-1', 't', 3, 43, 5)`);
    await migrate(database.url, logger);

    expect(
      await database.query('SELECT order_id, status, completed_at FROM orders ORDER BY order_id'),
    ).toEqual([
      { order_id: 'a', status: 'processed', completed_at: new Date('2026-01-02T03:04:06Z') },
      { order_id: 'b', status: 'parked', completed_at: null },
    ]);
    const pool = createPostgresPool(database.url, { logger });
    const repository = new PostgresOrderRepository(pool);
    const parked = await repository.find(OrderId.of('b'));
    expect(parked?.order.state).toMatchObject({ product: 'tea', quantity: 2, status: 'parked' });
    expect(await repository.save(anOrder().withId('b').storedProcessed())).toBe('saved');
    expect(await repository.save(anOrder().withId('a').storedProcessed())).toBe('already-saved');
    await pool.end();
  });

  it('make the store unavailable for a replica that does not know them, so that no order counts an attempt', async () => {
    await migrate(database.url, logger);
    await database.query('ALTER TABLE orders RENAME COLUMN completed_at TO renamed_later');
    const pool = createPostgresPool(database.url, { logger });
    const repository = new PostgresOrderRepository(pool);

    const find = () => repository.find(OrderId.of('a'));
    const save = () => repository.save(anOrder().storedProcessed());
    for (const attempt of [find, save]) {
      const error: unknown = await attempt().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(decideDisposition(error, 10, RETRY_POLICY, () => 0)).toEqual({ kind: 'suspend' });
    }
    await pool.end();
  });

  it('log at debug', async () => {
    await migrate(database.url, logger);
    expect(new Set(logger.lines.map(({ level }) => level))).toEqual(new Set(['debug']));
  });

  it('fail when there is no server', async () => {
    await expect(migrate('postgres://nobody@127.0.0.1:1/nowhere', logger)).rejects.toThrow('ECONNREFUSED');
  });
});
