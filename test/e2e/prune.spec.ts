import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import { migrate } from '../../src/infrastructure/postgres/postgres-migrations.js';
import { PostgresDatabase } from '../support/postgres-database.js';
import { daysAgo, storeRows } from '../support/stored-rows.js';

const PRUNE = fileURLToPath(new URL('../../dist/bootstrap/prune.js', import.meta.url));
const WAITS = `SELECT FROM pg_stat_activity WHERE application_name = 'order-service-prune' AND wait_event_type = 'Lock'
  AND datname = current_database()`;
const BATCH = 5_000;
const serverUrl = process.env['TEST_DATABASE_URL'];
const describeWithPostgres = serverUrl ? describe : describe.skip;

interface Ended {
  readonly code: number | null;
  readonly line: Record<string, unknown> | undefined;
  readonly stderr: string;
}

/** Starts the built program; `ended` has its only line of log. */
function prune(url: string, ...args: string[]): { process: ChildProcess; ended: Promise<Ended> } {
  const env = { ...process.env, DATABASE_URL: url, LOG_FORMAT: 'json' };
  const child = spawn(process.execPath, [PRUNE, ...args], { cwd: tmpdir(), env });
  const read = async (): Promise<Ended> => {
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    const line = stdout === '' ? undefined : (JSON.parse(stdout) as Record<string, unknown>);
    return { code, line, stderr };
  };
  return { process: child, ended: read() };
}

describeWithPostgres('npm run prune', () => {
  let database: PostgresDatabase;

  beforeEach(async () => {
    database = await PostgresDatabase.create(serverUrl ?? '');
    await migrate(database.url, new RecordingLogger());
    await storeRows(database, { name: 'old-', at: daysAgo(61), count: BATCH + 1 });
    await storeRows(database, { name: 'new-', at: daysAgo(59) });
  });

  afterEach(() => database.drop());

  it('deletes what is old, and says how much at its end', async () => {
    const { code, line } = await prune(database.url, '--older-than', '60d').ended;

    expect(line).toMatchObject({
      level: 'info',
      message: 'old rows are deleted',
      ...{ orders: BATCH + 1, historyLines: BATCH + 1 },
    });
    expect(code).toBe(0);
    expect(await database.countOf('orders')).toBe(1);
  });

  it('deletes nothing in a dry run', async () => {
    const { code, line } = await prune(database.url, '--older-than', '60d', '--dry-run').ended;

    expect(line).toMatchObject({
      message: 'old rows are counted, none is deleted',
      ...{ orders: BATCH + 1, historyLines: BATCH + 1 },
    });
    expect(code).toBe(0);
    expect(await database.countOf('orders')).toBe(BATCH + 2);
  });

  it('ends after a SIGTERM with the batch that runs', async () => {
    const other = new Client({ connectionString: database.url });
    await other.connect();
    await other.query('BEGIN; LOCK TABLE order_history');
    const { process: child, ended } = prune(database.url, '--older-than', '60d');
    await waitFor('a batch that waits', async () => (await database.query(WAITS)).length === 1);
    child.kill('SIGTERM');
    await other.end();
    const { code, line } = await ended;

    expect(line).toMatchObject({
      message: 'deleting old rows was stopped, the next run goes on',
      ...{ signal: 'SIGTERM', orders: 0, historyLines: BATCH },
    });
    expect(code).toBe(1);
    expect(await database.countOf('order_history')).toBe(2);
  });

  it('deletes nothing that the topic may still have, and says so', async () => {
    const { code, line, stderr } = await prune(database.url, '--older-than', '37d').ended;

    expect(stderr).toContain(
      "option '--older-than <days>' argument '37d' is invalid. It must be 38d or more",
    );
    expect(line).toBeUndefined();
    expect(code).toBe(1);
    expect(await database.countOf('orders')).toBe(BATCH + 2);
  });

  it('ends with an error when there is no server', async () => {
    const { code, line } = await prune('postgres://nobody@127.0.0.1:1/nowhere', '--older-than', '60d').ended;

    expect(line).toMatchObject({ level: 'error', message: 'old rows could not be deleted' });
    expect(code).toBe(1);
  });
});
