// Generates the routes and the OpenAPI document, compiles the packages and the service, and copies what the compiler leaves out.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const run = (name, ...args) => {
  const { status } = spawnSync(bin(name), args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
};

for (const folder of ['dist', 'packages/delivery/dist'])
  rmSync(join(root, folder), { recursive: true, force: true });
run('tsoa', 'spec-and-routes');
run('tsc', '--build', '--force', 'tsconfig.build.json');
const migrations = 'infrastructure/postgres/migrations';
cpSync(join(root, 'src', migrations), join(root, 'dist', migrations), { recursive: true });
writeFileSync(join(root, 'dist', '.built'), '');
