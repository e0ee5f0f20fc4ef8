import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Pool } from 'pg';
import { PostgresCheck } from '../../src/infrastructure/postgres/postgres-check.js';
import { migrate } from '../../src/infrastructure/postgres/postgres-migrations.js';
import { createPostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresDatabase } from '../support/postgres-database.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import { startTcpProxy, type TcpProxy } from '../../packages/delivery/test/support/tcp-proxy.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

const serverUrl = process.env['TEST_DATABASE_URL'];
const describeWithPostgres = serverUrl ? describe : describe.skip;

describeWithPostgres('the check of PostgreSQL', () => {
  const logger = new RecordingLogger();
  let database: PostgresDatabase;
  let proxy: TcpProxy;
  let pool: Pool;
  let check: PostgresCheck;

  beforeEach(async () => {
    database = await PostgresDatabase.create(serverUrl ?? '');
    await migrate(database.url, logger);
    proxy = await startTcpProxy({
      target: { host: '127.0.0.1', port: Number(new URL(serverUrl ?? '').port) },
    });
    pool = createPostgresPool(database.urlThrough(proxy.port), { logger });
    check = new PostgresCheck(pool);
  });

  afterEach(async () => {
    await pool.end();
    await proxy.close();
    await database.drop();
  });

  it('is up when the store responds', async () => {
    expect(await check.check()).toEqual({ status: 'up' });
  });

  it.each(['orders', 'order_history'])('is down before the migrations ran that make %s', async (table) => {
    await database.query(`DROP TABLE ${table}`);
    expect(await check.check()).toEqual({ status: 'down', detail: `relation "${table}" does not exist` });
  });

  it('is down while the server accepts no connection, and up when it does', async () => {
    await proxy.refuse();
    expect(await check.check()).toEqual({ status: 'down', detail: expect.stringContaining('ECONNREFUSED') });
    await proxy.accept();
    await waitFor('the check', async () => (await check.check()).status === 'up');
  });

  it('says why when a host with several addresses accepts no connection', async () => {
    const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    jest.spyOn(pool, 'query').mockRejectedValue(refused as never);
    expect(await check.check()).toEqual({ status: 'down', detail: 'ECONNREFUSED' });
  });

  it('is down within its deadline while the server is silent', async () => {
    await check.check();
    proxy.hang();
    const begin = performance.now();
    expect(await check.check()).toEqual({ status: 'down', detail: 'no response within 2000 ms' });
    expect(performance.now() - begin).toBeLessThan(2_500);
    proxy.flow();
  });
});
