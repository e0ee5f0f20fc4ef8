import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chown, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { startPostgres, type PostgresServer } from '../../tools/dev-servers/postgres-server.js';
import { AUTHORITIES, type Certificate } from './certificates.js';
import { ask } from './postgres-database.js';

/** The database orders is reached by TLS alone: by the user orders with a password, and by postgres with a certificate. */
const HOST_RULES = `
host    postgres postgres 127.0.0.1/32 scram-sha-256
hostssl orders   postgres 127.0.0.1/32 cert
hostssl orders   orders   127.0.0.1/32 scram-sha-256
`;
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
export const PASSWORD = 'hidden@wäll';

/** A PostgreSQL of a test's own, with a database `orders` that takes TLS alone. */
export class SecurePostgres {
  private constructor(private readonly server: PostgresServer) {}

  static async start(certificate: Certificate): Promise<SecurePostgres> {
    const postgres = new SecurePostgres(await startPostgres());
    await postgres.ask(`CREATE ROLE orders LOGIN PASSWORD '${PASSWORD}'`);
    await postgres.ask('CREATE DATABASE orders OWNER orders');
    await postgres.write('authority.crt', AUTHORITIES.one);
    await postgres.ask("ALTER SYSTEM SET ssl_ca_file = 'authority.crt'");
    await postgres.write('pg_hba.conf', HOST_RULES);
    await postgres.use(certificate);
    return postgres;
  }

  /** Of the database orders. */
  url(parameters: string, { host = 'localhost', user = 'orders', password = PASSWORD } = {}): string {
    const who = password === '' ? user : `${user}:${encodeURIComponent(password)}`;
    return `postgres://${who}@${host}:${this.server.port}/orders?${parameters}`;
  }

  /** New connections meet this certificate. */
  async use({ cert, key }: Certificate): Promise<void> {
    await this.write('server.crt', cert);
    await this.write('server.key', key);
    await this.ask('ALTER SYSTEM SET ssl = on');
    await this.ask('SELECT pg_reload_conf()');
    const { fingerprint256 } = new X509Certificate(cert);
    await waitFor('the certificate', async () => (await this.fingerprint()) === fingerprint256);
  }

  /** New connections can't be secured. */
  async useNone(): Promise<void> {
    await this.ask('ALTER SYSTEM SET ssl = off');
    await this.ask('SELECT pg_reload_conf()');
    await waitFor('no certificate', async () => (await this.fingerprint()) === undefined);
  }

  /** From now on the user orders has this password. */
  async setPassword(password: string): Promise<void> {
    await this.ask(`ALTER ROLE orders PASSWORD '${password}'`);
  }

  /** Those of the user orders. */
  async endConnections(): Promise<void> {
    await this.ask("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'orders'");
  }

  /** As the superuser, in the database postgres. */
  ask: <Row extends Record<string, unknown>>(sql: string) => Promise<Row[]> = (sql) =>
    ask(this.server.url, sql);

  stop(): Promise<void> {
    return this.server.stop();
  }

  private async write(name: string, content: string): Promise<void> {
    const file = join(this.server.dataDir, 'data', name);
    await writeFile(file, content, { mode: 0o600 });
    const { uid, gid } = await stat(this.server.dataDir);
    await chown(file, uid, gid);
  }

  /** Of the certificate that a new connection meets. */
  private async fingerprint(): Promise<string | undefined> {
    const socket = connect(this.server.port, '127.0.0.1');
    try {
      socket.write(SSL_REQUEST);
      const [response] = (await once(socket, 'data')) as [Buffer];
      if (response.toString() !== 'S') return undefined;
      const secure = connectSecurely({ socket, rejectUnauthorized: false });
      await once(secure, 'secureConnect');
      return secure.getPeerX509Certificate()?.fingerprint256;
    } finally {
      socket.destroy();
    }
  }
}
