import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { BoundProcess } from './bound-process.js';
import { findFreePorts } from './free-ports.js';
import { findPostgresBinaries, isOpenToAll } from './postgres-binaries.js';
import { findAccount, initialise, prepareFolder, type Account } from './postgres-data.js';

const ATTEMPTS = 3;
const QUERY_TIMEOUT_MS = 2_000;
const RETRY_INTERVAL_MS = 25;

export interface PostgresOptions {
  /** A folder for password, data and log; a temporary one by default. As root another one is taken where it can't serve. */
  readonly dataDir?: string;
  /** Whether the folder outlives `stop()`; true by default when `dataDir` is given. */
  readonly persistent?: boolean;
  /** Further settings, as `postgres -c name=value` takes them. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** PostgreSQL did not come up; the message ends with the tail of its log. */
export class PostgresStartFailed extends Error {
  override readonly name = 'PostgresStartFailed';
}

/**
 * Initialises, where that has not been done, and starts PostgreSQL on a free port of 127.0.0.1. fsync is on.
 * As root it runs as the user `postgres`, or `nobody` where there is none. Throws `PostgresStartFailed`.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const account = await findAccount();
  const binaries = await findPostgresBinaries((folder) =>
    account === undefined ? Promise.resolve(true) : isOpenToAll(folder),
  );
  const folder = await prepareFolder(options.dataDir, account);
  const temporary = !(options.persistent ?? options.dataDir !== undefined);
  const cleanUp = async (): Promise<void> => {
    await binaries.dispose();
    if (temporary) await rm(folder, { recursive: true, force: true });
  };
  try {
    const password = await initialise(folder, binaries, account);
    for (let attempt = 1; ; attempt++) {
      const [port = 0] = await findFreePorts(1);
      const server = new PostgresServer(
        folder,
        port,
        password,
        binaries.postgres,
        options.settings,
        account,
        cleanUp,
      );
      try {
        await server.up();
        return server;
      } catch (error) {
        const portIsTaken = error instanceof PostgresStartFailed && error.message.includes('could not bind');
        if (!portIsTaken || attempt === ATTEMPTS) throw error;
      }
    }
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** A PostgreSQL with its own data and port, which stay the same over `down` and `up`. */
export class PostgresServer {
  /** Connects as the superuser to the database `postgres`. */
  readonly url: string;
  #process: BoundProcess | undefined;

  constructor(
    /** Where it really is: see `PostgresOptions.dataDir`. */
    readonly dataDir: string,
    readonly port: number,
    password: string,
    private readonly command: string,
    private readonly settings: Readonly<Record<string, string>> = {},
    private readonly account: Account | undefined,
    private readonly cleanUp: () => Promise<void>,
  ) {
    this.url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get #runs(): boolean {
    return this.#process?.pid !== undefined;
  }

  /** Starts it and resolves when a query succeeds; throws `PostgresStartFailed`. */
  async up(deadlineMs = 30_000): Promise<void> {
    if (this.pid !== undefined) throw new Error('PostgreSQL runs already');
    const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...this.settings };
    this.#process = await BoundProcess.start(
      this.command,
      [
        ...['-D', join(this.dataDir, 'data'), '-p', String(this.port)],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { logFile: join(this.dataDir, 'postgres.log'), ...this.account },
    );
    const deadline = Date.now() + deadlineMs;
    let last = '';
    while (this.#runs && Date.now() < deadline) {
      try {
        await this.#ask();
        return;
      } catch (error) {
        last = String(error);
      }
      await sleep(RETRY_INTERVAL_MS);
    }
    const what = !this.#runs ? 'exited' : `is not ready after ${deadlineMs} ms (${last})`;
    await this.kill();
    throw new PostgresStartFailed(
      `PostgreSQL ${what}. The end of its log:\n${await this.#process.logTail()}`,
    );
  }

  /** An orderly outage: connections are ended, the data is checkpointed. */
  async down(deadlineMs = 15_000): Promise<void> {
    const wentByItself = await this.#process?.end('SIGINT', deadlineMs);
    if (wentByItself === false)
      throw new Error(`PostgreSQL was not down within ${deadlineMs} ms and was killed`);
  }

  /** A crash: nothing is written any more, connections break, the next `up` recovers from the log. */
  async kill(): Promise<void> {
    await this.#process?.end('SIGQUIT', 5_000);
  }

  async restart(): Promise<void> {
    await this.down();
    await this.up();
  }

  /** For good: removes what is temporary. May be called again. */
  async stop(): Promise<void> {
    try {
      await this.down();
    } finally {
      await this.cleanUp();
    }
  }

  async #ask(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
    });
    const lost = new Promise<never>((_, reject) => client.on('error', reject));
    try {
      await Promise.race([client.connect().then(() => client.query('SELECT 1')), lost]);
    } finally {
      await client.end();
    }
  }
}
