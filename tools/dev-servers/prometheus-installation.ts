import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.js';

const run = promisify(execFile);

const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;

/** Prometheus can't be had here; the message is one line that says why, and what to do about it. */
export class PrometheusUnavailable extends Error {
  override readonly name = 'PrometheusUnavailable';
}

/** The commands. */
export interface PrometheusInstallation {
  readonly prometheus: string;
  readonly promtool: string;
}

/**
 * Those of the machine; else of Debian's package, which is unpacked once into the cache folder, and so needs no root. Safe to
 * call from several processes at a time. Throws `PrometheusUnavailable`.
 */
export async function ensurePrometheusInstalled(): Promise<PrometheusInstallation> {
  if (await works('promtool')) return { prometheus: 'prometheus', promtool: 'promtool' };
  const home = join(cacheFolder(), 'prometheus');
  if (!existsSync(home)) await install(home);
  const bin = join(home, 'usr', 'bin');
  return { prometheus: join(bin, 'prometheus'), promtool: join(bin, 'promtool') };
}

async function works(command: string): Promise<boolean> {
  try {
    await run(command, ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** Unpacks into a folder of its own beside `home` and renames it, so that `home` is complete as soon as it exists. */
async function install(home: string): Promise<void> {
  await mkdir(join(home, '..'), { recursive: true });
  const folder = await mkdtemp(`${home}.partial-`);
  try {
    const unpacked = join(folder, 'unpacked');
    await run('dpkg-deb', ['-x', await download(folder), unpacked]);
    // another process may have been quicker; its result is as good
    if (!existsSync(home)) await rename(unpacked, home);
  } catch (error) {
    if (existsSync(home)) return;
    throw new PrometheusUnavailable(
      `neither promtool nor Debian's package: ${reason(error)}: install Prometheus (e.g. 'apt-get install prometheus')`,
      { cause: error },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns the package's file. Where apt has no lists yet, only root can fetch them. */
async function download(folder: string): Promise<string> {
  const options = { cwd: folder, timeout: DOWNLOAD_TIMEOUT_MS };
  try {
    await run('apt-get', ['download', 'prometheus'], options);
  } catch (error) {
    if (process.getuid?.() !== 0) throw error;
    await run('apt-get', ['update'], options);
    await run('apt-get', ['download', 'prometheus'], options);
  }
  const file = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  if (file === undefined) throw new Error('apt-get has downloaded nothing');
  return join(folder, file);
}

/** The last line that says something. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const output = 'stderr' in error ? String(error.stderr).trim() : '';
  return (output || error.message).split('\n').at(-1) ?? '';
}
