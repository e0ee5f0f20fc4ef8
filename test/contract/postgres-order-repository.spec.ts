import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client, type Pool } from 'pg';
import { startPostgres } from '../../tools/dev-servers/postgres-server.js';
import { StoreUnavailable } from '../../src/application/ports/order-repository.js';
import type { OrderId } from '../../src/domain/order/order-id.js';
import { Order } from '../../src/domain/order/order.js';
import type { Product } from '../../src/domain/order/product.js';
import type { Quantity } from '../../src/domain/order/quantity.js';
import { migrate } from '../../src/infrastructure/postgres/postgres-migrations.js';
import { PostgresOrderRepository } from '../../src/infrastructure/postgres/postgres-order-repository.js';
import { createPostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { anOrder, DELIVERY } from '../support/an-order.js';
import { PostgresDatabase } from '../support/postgres-database.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import { startTcpProxy, type TcpProxy } from '../../packages/delivery/test/support/tcp-proxy.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { numbered, orderRepositoryContract, type HistoryLine } from './order-repository.contract.js';

const serverUrl = process.env['TEST_DATABASE_URL'];
const WAITING_FOR_A_LOCK = `pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
const HISTORY = `SELECT order_id AS "orderId", status, replica, topic, partition, "offset", attempt
  FROM order_history ORDER BY at`;
const describeWithPostgres = serverUrl ? describe : describe.skip;

describeWithPostgres('with PostgreSQL', () => {
  let database: PostgresDatabase;
  let logger: RecordingLogger;
  let pools: Pool[];

  /** Short time-outs, so that a test of silence is short as well. */
  function aPool(url = database.url): Pool {
    const pool = createPostgresPool(url, { logger, connectionTimeoutMs: 500, statementTimeoutMs: 2_000 });
    pools.push(pool);
    return pool;
  }

  beforeAll(async () => {
    database = await PostgresDatabase.create(serverUrl ?? '');
    await migrate(database.url, new RecordingLogger());
  });

  beforeEach(() => {
    logger = new RecordingLogger();
    pools = [];
  });

  afterEach(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await database.query('TRUNCATE orders, order_history');
  });

  afterAll(() => database.drop());

  orderRepositoryContract('PostgresOrderRepository', () =>
    Promise.resolve({
      repository: new PostgresOrderRepository(aPool()),
      neighbour: new PostgresOrderRepository(aPool()),
      countOrders: () => database.countOf('orders'),
      history: () => database.query<HistoryLine>(HISTORY),
      close: () => Promise.resolve(),
    }),
  );

  describe('a batch', () => {
    it('is one statement for saves that come together, and one for finds, 500 at most', async () => {
      const pool = aPool();
      const repository = new PostgresOrderRepository(pool);
      const query = jest.spyOn(pool, 'query');
      const orders = numbered(1_001);
      await Promise.all(orders.map((order) => repository.save(order)));
      expect(query).toHaveBeenCalledTimes(3);
      await Promise.all(orders.map(({ order }) => repository.find(order.id)));
      expect(query).toHaveBeenCalledTimes(6);
    });

    it('is not needed to find all of many: it is one statement, and none for nothing', async () => {
      const pool = aPool();
      const repository = new PostgresOrderRepository(pool);
      const query = jest.spyOn(pool, 'query');
      const orders = numbered(1_001);
      expect(await repository.findAll(orders.map(({ order }) => order.id))).toEqual([]);
      await repository.findAll([]);
      expect(query).toHaveBeenCalledTimes(1);
    });

    it.each([
      ['a NUL in its product', { product: 'tea\0' as Product }],
      ['no quantity', { quantity: Number.NaN as Quantity }],
      ['an impossible time', { placedAt: new Date(Number.NaN) }],
    ])('saves all but the one order with %s', async (_, badValue) => {
      const repository = new PostgresOrderRepository(aPool());
      const orders = numbered(25);
      const { state } = anOrder().withId('bad').processed();
      const bad = { order: Order.restore({ ...state, ...badValue }), delivery: DELIVERY };
      const batch = [...orders.slice(0, 7), bad, ...orders.slice(7)];
      const settled = await Promise.allSettled(batch.map((order) => repository.save(order)));
      expect(settled.map(({ status }) => status)).toEqual(
        batch.map((order) => (order === bad ? 'rejected' : 'fulfilled')),
      );
      expect(settled[7]).not.toEqual({ status: 'rejected', reason: expect.any(StoreUnavailable) });
      expect(await database.countOf('orders')).toBe(25);
      expect(await database.countOf('order_history')).toBe(25);
    });

    it('finds all but the one id that is invalid for PostgreSQL', async () => {
      const repository = new PostgresOrderRepository(aPool());
      const [saved = anOrder().storedProcessed()] = numbered(1);
      await repository.save(saved);
      const ids = [saved.order.id, '\0' as OrderId, saved.order.id];
      const settled = await Promise.allSettled(ids.map((id) => repository.find(id)));
      expect(settled).toEqual([
        { status: 'fulfilled', value: saved },
        { status: 'rejected', reason: expect.not.objectContaining({ name: 'StoreUnavailable' }) },
        { status: 'fulfilled', value: saved },
      ]);
    });
  });

  it('lets two replicas save the same orders in opposite order without a deadlock', async () => {
    const saved = ['a', 'b', 'c'].map((id) => anOrder().withId(id).storedProcessed());
    const [repository, neighbour] = [aPool(), aPool()].map((pool) => new PostgresOrderRepository(pool));
    const blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('BEGIN');
    await blocker.query(
      `INSERT INTO orders VALUES ('b', 'x', 1, now(), 'processed', NULL, now(), '', '', 0, 0, 1)`,
    );
    const saves = Promise.allSettled([
      ...saved.map((order) => repository?.save(order)),
      ...saved.toReversed().map((order) => neighbour?.save(order)),
    ]);
    await waitFor('both to wait for a lock', async () => (await database.countOf(WAITING_FOR_A_LOCK)) === 2);
    await blocker.query('ROLLBACK');
    await blocker.end();
    expect((await saves).map(({ status }) => status)).toEqual(Array(6).fill('fulfilled'));
  });

  it('never says of an order that the store did not keep that it was saved', async () => {
    await database.query(
      `CREATE FUNCTION keep_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
    );
    await database.query(
      `CREATE TRIGGER keep_nothing BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION keep_nothing()`,
    );
    try {
      const repository = new PostgresOrderRepository(aPool());
      await expect(repository.save(anOrder().storedProcessed())).rejects.toThrow(StoreUnavailable);
    } finally {
      await database.query('DROP FUNCTION keep_nothing CASCADE');
    }
  });

  describe('behind a network that fails', () => {
    let proxy: TcpProxy;
    let inserts: number;
    let dropsNextCommit: boolean;

    beforeEach(async () => {
      const { port } = new URL(serverUrl ?? '');
      inserts = 0;
      dropsNextCommit = false;
      proxy = await startTcpProxy({
        target: { host: '127.0.0.1', port: Number(port) },
        onClientData: (bytes) => {
          if (bytes.includes('INSERT INTO orders')) inserts++;
          return [{ bytes }];
        },
        onServerData: (bytes, connection) => {
          if (inserts === 0 || !dropsNextCommit) return [{ bytes }];
          if (isReadyForQuery(bytes)) {
            dropsNextCommit = false;
            connection.drop();
          }
          return [];
        },
      });
    });

    afterEach(() => proxy.close());

    it('finds the order at the next attempt after the connection was dropped at the commit', async () => {
      const repository = new PostgresOrderRepository(aPool(database.urlThrough(proxy.port)));
      const saved = anOrder().storedProcessed();
      dropsNextCommit = true;
      await expect(repository.save(saved)).rejects.toThrow(StoreUnavailable);
      expect(await repository.save(saved)).toBe('already-saved');
      expect(inserts).toBe(2);
      expect(await database.countOf('orders')).toBe(1);
      expect(await database.countOf('order_history')).toBe(1);
    });

    it('fails within the deadline while the store is silent, however many wait, and works on once it responds', async () => {
      const repository = new PostgresOrderRepository(aPool(database.urlThrough(proxy.port)));
      await repository.save(anOrder().storedProcessed());
      proxy.hang();
      const orders = numbered(5_000);
      const begin = performance.now();
      const settled = await Promise.allSettled([
        ...orders.map((order) => repository.save(order)),
        ...orders.map(({ order }) => repository.find(order.id)),
      ]);
      expect(performance.now() - begin).toBeLessThan(4_000);
      expect(settled.filter(isStoreUnavailable)).toHaveLength(10_000);
      proxy.flow();
      await waitFor('a save', () => repository.save(anOrder().withId('later').storedProcessed()));
    });

    it('survives the loss of idle connections and logs it', async () => {
      const repository = new PostgresOrderRepository(aPool(database.urlThrough(proxy.port)));
      await repository.save(anOrder().storedProcessed());
      proxy.dropConnections();
      await waitFor('a line in the log', () => logger.lines.some(({ level }) => level === 'warn'));
      expect(await repository.save(anOrder().storedProcessed())).toBe('already-saved');
    });
  });

  it('keeps an order only together with its line of history', async () => {
    await database.query(`ALTER TABLE order_history ADD CONSTRAINT no_tea CHECK (order_id <> 'tea')`);
    try {
      const saving = new PostgresOrderRepository(aPool()).save(anOrder().withId('tea').storedProcessed());
      await expect(saving).rejects.toThrow('no_tea');
      expect(await database.countOf('orders')).toBe(0);
    } finally {
      await database.query('ALTER TABLE order_history DROP CONSTRAINT no_tea');
    }
  });

  it.each(['statement_timeout', 'idle_in_transaction_session_timeout'])(
    'has a %s below the session time-out of a replica, so that what a frozen one began ends before',
    async (name) => {
      const pool = createPostgresPool(database.url, { logger });
      pools.push(pool);
      const { rows } = await pool.query('SELECT setting FROM pg_settings WHERE name = $1', [name]);
      expect(rows).toEqual([{ setting: '5000' }]);
    },
  );

  it('is unavailable as long as the table is absent', async () => {
    const empty = await PostgresDatabase.create(serverUrl ?? '');
    try {
      const repository = new PostgresOrderRepository(aPool(empty.url));
      await expect(repository.save(anOrder().storedProcessed())).rejects.toThrow(StoreUnavailable);
      await migrate(empty.url, logger);
      expect(await repository.save(anOrder().storedProcessed())).toBe('saved');
    } finally {
      await empty.drop();
    }
  });

  it('is unavailable while the server is down, and recovers when it is up', async () => {
    const server = await startPostgres();
    try {
      await migrate(server.url, logger);
      const repository = new PostgresOrderRepository(aPool(server.url));
      await repository.save(anOrder().storedProcessed());
      await server.down();
      const begin = performance.now();
      await expect(repository.save(anOrder().storedProcessed())).rejects.toMatchObject({
        name: 'StoreUnavailable',
        cause: { message: expect.any(String) },
      });
      await expect(repository.find(anOrder().placed().id)).rejects.toThrow(StoreUnavailable);
      expect(performance.now() - begin).toBeLessThan(2_000);
      await server.up();
      expect(await repository.save(anOrder().storedProcessed())).toBe('already-saved');
      expect(await repository.find(anOrder().placed().id)).toEqual(anOrder().storedProcessed());
    } finally {
      await server.stop();
    }
  });
});

function isStoreUnavailable(settled: PromiseSettledResult<unknown>): boolean {
  return settled.status === 'rejected' && settled.reason instanceof StoreUnavailable;
}

/** The message that ends a response, sent once the transaction is committed. */
function isReadyForQuery(bytes: Buffer): boolean {
  return bytes.subarray(-6).equals(Buffer.from([0x5a, 0, 0, 0, 5, 0x49]));
}
