import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate } from '../../src/infrastructure/postgres/postgres-migrations.js';
import { PostgresDatabase } from '../support/postgres-database.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';

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

  it('wait for one another when six processes start at once', async () => {
    await Promise.all(Array.from({ length: 6 }, () => migrate(database.url, logger)));
    expect(await database.query('SELECT name FROM migrations ORDER BY id')).toEqual([
      { name: '0001_orders' },
      { name: '0002_parked_orders_and_history' },
    ]);
    expect(await database.countOf('orders')).toBe(0);
  });

  it('leave what is there when they run again', async () => {
    await migrate(database.url, logger);
    await database.query('CREATE TABLE made_later ()');
    await migrate(database.url, logger);
    expect(await database.countOf('made_later')).toBe(0);
    expect(await database.countOf('migrations')).toBe(2);
  });

  it('log at debug', async () => {
    await migrate(database.url, logger);
    expect(new Set(logger.lines.map(({ level }) => level))).toEqual(new Set(['debug']));
  });

  it('fail when there is no server', async () => {
    await expect(migrate('postgres://nobody@127.0.0.1:1/nowhere', logger)).rejects.toThrow('ECONNREFUSED');
  });
});
