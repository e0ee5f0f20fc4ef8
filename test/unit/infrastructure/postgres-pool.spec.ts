import { expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
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

it.each([
  ['asks for TLS first', 'sslmode=verify-full', '0000000804d2162f'],
  ['speaks TLS from the first byte', 'sslmode=verify-full&sslnegotiation=direct', '160301'],
])('%s with %s', async (_what, parameters, firstBytes) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pool = createPostgresPool(`postgres://127.0.0.1:${port}/orders?${parameters}`, {
    logger: new RecordingLogger(),
  });
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const connecting = expect(pool.connect()).rejects.toThrow();
  const [socket] = await connected;
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  await connecting;
  await pool.end();
  server.close();

  expect(bytes.subarray(0, firstBytes.length / 2).toString('hex')).toBe(firstBytes);
});
