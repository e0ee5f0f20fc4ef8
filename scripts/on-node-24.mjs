// Runs a program with Node 24, as the image does: node scripts/on-node-24.mjs [options] program [arguments].
// What npm runs has the machine's Node first in PATH; so this one is no dependency, but kept in the cache folder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const VERSION = '24.22.3';
const { ORDER_SERVICE_CACHE, XDG_CACHE_HOME } = process.env;
const cache = ORDER_SERVICE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'order-service');
const platform = process.platform === 'win32' ? 'win' : process.platform;
const name = `node-${platform}-${process.arch}`;
const home = join(cache, `node-${VERSION}`);
const node = join(home, 'node_modules', name, 'bin', platform === 'win' ? 'node.exe' : 'node');

if (!existsSync(node)) install();
const { status, signal } = spawnSync(node, process.argv.slice(2), { stdio: 'inherit' });
process.exitCode = signal === null ? (status ?? 1) : 1;

/** Into a folder of its own, which is renamed, so that `home` is complete as soon as it exists. */
function install() {
  console.error(`installing Node ${VERSION} into ${home} (once) ...`);
  mkdirSync(dirname(home), { recursive: true });
  const folder = mkdtempSync(`${home}.partial-`);
  try {
    const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
    const shell = platform === 'win';
    const installed = spawnSync('npm', [...args, `${name}@${VERSION}`], { stdio: 'inherit', shell });
    if (installed.status !== 0) throw new Error(`npm could not install ${name}@${VERSION}`);
    if (!existsSync(home)) renameSync(folder, home);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
