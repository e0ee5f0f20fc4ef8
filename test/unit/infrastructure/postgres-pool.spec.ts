import { expect, it } from '@jest/globals';
import { RecordingLogger } from '../../../packages/delivery/test/support/recording-logger.js';
import { createPostgresPool } from '../../../src/infrastructure/postgres/postgres-pool.js';

it('logs that an idle connection was lost, and nothing of what pg knows of the connection', async () => {
  const logger = new RecordingLogger();
  const pool = createPostgresPool('postgres://localhost:1/orders', { logger });
  const error = Object.assign(new Error('terminating connection'), { client: { secretKey: 1904628169 } });
  pool.emit('error', error, {});
  await pool.end();

  expect(logger.lines).toEqual([
    { level: 'warn', message: 'an idle connection to the store was lost', fields: { error } },
  ]);
  expect(Object.keys(error)).toEqual([]);
});
