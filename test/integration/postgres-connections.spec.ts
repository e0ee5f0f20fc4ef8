import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Pool } from 'pg';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import { describeWithPostgres } from '../../packages/delivery/test/support/requirements.js';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import { createContainer } from '../../src/bootstrap/container.js';
import { TOKENS } from '../../src/bootstrap/tokens.js';
import { WinstonLogger } from '../../src/infrastructure/logging/winston-logger.js';
import { PostgresCheck } from '../../src/infrastructure/postgres/postgres-check.js';
import { migrate } from '../../src/infrastructure/postgres/postgres-migrations.js';
import { PostgresOrderRepository } from '../../src/infrastructure/postgres/postgres-order-repository.js';
import { createPostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { anOrder, DELIVERY } from '../support/an-order.js';
import { AUTHORITIES, CERTIFICATES } from '../support/certificates.js';
import { PASSWORD, SecurePostgres } from '../support/secure-postgres.js';

const HOW_ENCRYPTED = 'SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()';

describeWithPostgres('connections to PostgreSQL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-tls-'));
  const inFile = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const authority = inFile('authority-one.pem', AUTHORITIES.one);
  const verified = `sslmode=verify-full&sslrootcert=${authority}`;
  let postgres: SecurePostgres;
  let pools: Pool[];
  let logger: RecordingLogger;
  const open = (url: string, max?: number): Pool => {
    const pool = createPostgresPool(url, { logger, ...(max !== undefined && { max }) });
    pools.push(pool);
    return pool;
  };

  beforeAll(async () => {
    postgres = await SecurePostgres.start(CERTIFICATES.server);
    await migrate(postgres.url(verified), new RecordingLogger());
  });
  beforeEach(() => {
    pools = [];
    logger = new RecordingLogger();
  });
  afterEach(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
  });
  afterAll(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true });
  });

  describe('are encrypted, and the server is known', () => {
    const connected = async (url: string) => (await open(url).query<{ ssl: boolean }>(HOW_ENCRYPTED)).rows;
    const encrypted = [{ ssl: true, version: 'TLSv1.3' }];
    const client = `&sslcert=${inFile('client.crt', CERTIFICATES.client.cert)}&sslkey=${inFile('client.key', CERTIFICATES.client.key)}`;

    beforeAll(() => postgres.use(CERTIFICATES.server));

    it.each([
      ['by name', verified, {}],
      ['by address', verified, { host: '127.0.0.1' }],
      ['at the first byte', `${verified}&sslnegotiation=direct`, {}],
      ['and the client is known by its certificate', verified + client, { user: 'postgres', password: '' }],
    ])('%s', async (_what, parameters, who) => {
      expect(await connected(postgres.url(parameters, who))).toEqual(encrypted);
    });
  });

  describe('mean by sslmode what libpq means', () => {
    const wrongHost = /Hostname\/IP does not match certificate's altnames: .*localhost.*elsewhere\.example/;
    const unknown =
      /^(unable to (verify the first|get local issuer) certificate|self-signed certificate in certificate chain)/;
    const missing = `sslrootcert=${authority}`;

    it.each([
      ['disable', 'elsewhere', 'sslmode=disable', /no pg_hba\.conf entry for host .* no encryption/],
      ['require', 'ofTwo', 'sslmode=require', undefined],
      ['require with an authority', 'elsewhere', `sslmode=require&${missing}`, undefined],
      ['require with an authority', 'ofTwo', `sslmode=require&${missing}`, unknown],
      ['verify-ca', 'elsewhere', `sslmode=verify-ca&${missing}`, undefined],
      ['verify-ca', 'ofTwo', `sslmode=verify-ca&${missing}`, unknown],
      ['verify-full', 'elsewhere', `sslmode=verify-full&${missing}`, wrongHost],
      ['verify-full', 'ofTwo', `sslmode=verify-full&${missing}`, unknown],
      ['verify-full without an authority', 'server', 'sslmode=verify-full', unknown],
      ['verify-full', 'expired', `sslmode=verify-full&${missing}`, /certificate has expired/],
    ] as const)('%s, on a server that is %s', async (_mode, certificate, parameters, problem) => {
      await postgres.use(CERTIFICATES[certificate]);

      const state = await new PostgresCheck(open(postgres.url(parameters))).check();

      expect(state).toEqual(
        problem === undefined
          ? { status: 'up' }
          : { status: 'down', detail: expect.stringMatching(problem) as unknown },
      );
    });
  });

  describe('lose nothing', () => {
    beforeEach(() => postgres.use(CERTIFICATES.server));

    const save = (repository: PostgresOrderRepository, id: string) =>
      repository.save({ order: anOrder().withId(id).processed(), delivery: DELIVERY });

    it('while certificates and authorities are replaced one after another', async () => {
      const trusted = inFile('rotated.pem', AUTHORITIES.one);
      const pool = open(postgres.url(`sslmode=verify-full&sslrootcert=${trusted}`));
      const repository = new PostgresOrderRepository(pool);
      const saved: Promise<string>[] = [];
      const timer = setInterval(() => saved.push(save(repository, `rotation-${saved.length}`)), 5);

      await waitFor('some saves', () => saved.length > 10);
      writeFileSync(trusted, AUTHORITIES.one + '\n' + AUTHORITIES.two);
      await postgres.use(CERTIFICATES.ofTwo);
      const before = saved.length;
      await waitFor('saves on the connection from before', () => saved.length > before + 10);
      clearInterval(timer);

      expect(new Set(await Promise.all(saved))).toEqual(new Set(['saved']));
      await postgres.endConnections();
      writeFileSync(trusted, AUTHORITIES.two);
      await waitFor('a connection of the new authority alone', async () =>
        (await save(repository, 'rotation-end')).includes('saved'),
      );
    });

    it.each([
      ['has gone', (file: string) => rmSync(file), /ENOENT/],
      ['has no certificate', (file: string) => writeFileSync(file, 'half of'), /no start line/],
    ])('when the file of the authorities %s: the one before is used', async (_what, spoil, reason) => {
      const trusted = inFile('spoiled.pem', AUTHORITIES.one);
      const pool = open(postgres.url(`sslmode=verify-full&sslrootcert=${trusted}`));
      spoil(trusted);

      await Promise.all([pool.query('SELECT 1'), pool.query('SELECT 1')]);

      expect(logger.shown).toEqual([
        {
          level: 'warn',
          message: "the certificates for the store can't be read, those from before are used",
          fields: { error: expect.objectContaining({ message: expect.stringMatching(reason) as unknown }) },
        },
      ]);
    });
  });

  describe('of a service', () => {
    let stop: () => Promise<void>;
    afterEach(() => stop());

    /** In this process, and what it logged. */
    const startService = async (parameters: string) => {
      const log: string[] = [];
      const stream = new Writable({
        write: (chunk, _encoding, done) => {
          log.push(String(chunk));
          done();
        },
      });
      const environment = { STORE: 'postgres', DATABASE_URL: postgres.url(parameters) };
      const config = loadConfig({ PORT: '0', REPLICAS: '1', FULFILMENT_DELAY_MS: '0', ...environment });
      const container = createContainer(
        config,
        WinstonLogger.create({ level: 'debug', format: 'json', stream }),
        (error) => log.push(String(error)),
      );
      const service = container.get(TOKENS.service);
      const url = `http://127.0.0.1:${await service.listen()}`;
      const ready = service.start();
      stop = async () => {
        await service.stop();
        await ready;
      };
      return {
        log: () => log.join(''),
        ready,
        deadLetters: async () => (await container.get(TOKENS.deadLetters).list({})).matched,
        readiness: async () => (await fetch(`${url}/health/ready`)).text(),
        send: async (orderId: string) => {
          const response = await fetch(`${url}/api/Order/Send`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ orderId, product: 'tea' }),
          });
          return response.status;
        },
        find: async (orderId: string) =>
          (await (await fetch(`${url}/api/Order/${orderId}`)).json()) as { status: string; attempt: number },
      };
    };

    it.each([
      ['has expired', () => postgres.use(CERTIFICATES.expired), 'certificate has expired'],
      [
        'is for another host',
        () => postgres.use(CERTIFICATES.elsewhere),
        "does not match certificate's altnames",
      ],
      ['is of another authority', () => postgres.use(CERTIFICATES.ofTwo), 'unable to '],
      ['is not there', () => postgres.useNone(), 'The server does not support SSL connections'],
      [
        'is right, but the password is wrong',
        () => postgres.setPassword('other'),
        'password authentication failed',
      ],
    ])('come back, and no order is lost, after the certificate %s', async (what, breakIt, reason) => {
      await postgres.use(CERTIFICATES.server);
      const service = await startService(verified);
      await service.ready;
      const id = `order-${what.replaceAll(/\W/g, '-')}`;

      await breakIt();
      await postgres.endConnections();
      expect(await service.send(id)).toBe(202);
      await waitFor('readiness to say so', async () => (await service.readiness()).includes(reason));
      await waitFor('the order to wait', () => service.log().includes('order waits for the store'));
      await postgres.setPassword(PASSWORD);
      await postgres.use(CERTIFICATES.renewed);

      const order = await waitFor('the order', async () => {
        const found = await service.find(id);
        return found.status === 'processed' && found;
      });
      expect(order.attempt).toBe(1);
      expect(await service.deadLetters()).toBe(0);
      await waitFor('readiness', async () => (await service.readiness()).includes('"status":"up"'));
      expect(service.log()).not.toContain(PASSWORD);
      expect(service.log()).not.toContain(encodeURIComponent(PASSWORD));
    });

    it('are waited for at its start, and the log says why', async () => {
      await postgres.use(CERTIFICATES.server);
      const trusted = inFile('wrong.pem', AUTHORITIES.two);
      const service = await startService(`sslmode=verify-full&sslrootcert=${trusted}`);
      await waitFor('the line', () =>
        /"the store is not ready, retrying".*(unable to|self-signed)/.test(service.log()),
      );

      writeFileSync(trusted, AUTHORITIES.one);

      expect(await service.ready).toBe(true);
    });
  });

  it('are so few that twenty processes fit into a server as it is by default', async () => {
    await postgres.use(CERTIFICATES.server);
    const url = postgres.url(verified);
    const { store } = loadConfig({ STORE: 'postgres', DATABASE_URL: url });
    const max = store.kind === 'postgres' ? store.poolMax : 0;
    const busy = Array.from({ length: 20 }, () => open(url, max)).flatMap((pool) =>
      Array.from({ length: 10 }, () => pool.query('SELECT pg_sleep(0.2)')),
    );
    const count = async () => {
      const [row] = await postgres.ask<{ count: number }>(
        "SELECT count(*)::int FROM pg_stat_activity WHERE usename = 'orders'",
      );
      return row?.count;
    };

    expect(await waitFor('all of them', async () => (await count()) === 20 * max)).toBe(true);
    await expect(Promise.all(busy)).resolves.toHaveLength(200);
    expect(await postgres.ask('SHOW max_connections')).toEqual([{ max_connections: '100' }]);
  });
});
