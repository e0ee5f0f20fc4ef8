import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, lchown, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { isOpenToAll, type PostgresBinaries } from './postgres-binaries.js';

const run = promisify(execFile);
const INITDB_TIMEOUT_MS = 60_000;

/** A user to run as, where this process is root's, whom PostgreSQL refuses. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** `postgres` or, where there is none, `nobody`; undefined where this process can run PostgreSQL itself. */
export async function findAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, user])));
      if (uid && gid) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch (error) {
      if (user === 'nobody')
        throw new Error('PostgreSQL refuses root, and no other user was found', { cause: error });
    }
  }
  throw new Error('PostgreSQL refuses root, and no other user was found');
}

/** Root's own folders are closed to the account: then a folder below the temporary one serves, the same each time. */
export async function prepareFolder(
  dataDir: string | undefined,
  account: Account | undefined,
): Promise<string> {
  let folder = dataDir === undefined ? await mkdtemp(join(tmpdir(), 'postgres-')) : resolve(dataDir);
  if (account !== undefined && dataDir !== undefined) {
    await mkdir(dirname(folder), { recursive: true });
    if (!(await isOpenToAll(dirname(folder)))) {
      const name = createHash('sha256').update(folder).digest('hex').slice(0, 12);
      folder = join(tmpdir(), `postgres-${name}`);
    }
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account !== undefined) await lchown(folder, account.uid, account.gid);
  await chmod(folder, 0o700);
  return folder;
}

/** Creates the cluster unless it is there, and returns the superuser's password, which lies beside it. */
export async function initialise(
  folder: string,
  { initdb }: PostgresBinaries,
  account: Account | undefined,
): Promise<string> {
  const passwordFile = join(folder, 'password');
  const data = join(folder, 'data');
  if (existsSync(join(data, 'PG_VERSION'))) return readFile(passwordFile, 'utf8');
  const password = randomBytes(16).toString('hex');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) await lchown(passwordFile, account.uid, account.gid);
  const flags = [
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
  ];
  await run(initdb, [`--pgdata=${data}`, ...flags, '--no-locale', '--no-sync'], {
    timeout: INITDB_TIMEOUT_MS,
    ...account,
  });
  return password;
}
