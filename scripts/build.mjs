// Generates the routes and the documents, compiles the packages and the service, and copies what the compiler leaves out.
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
await import('./generate.mjs');
run('tsc', '--build', '--force', 'tsconfig.build.json');
const COPIED = [
  'infrastructure/postgres/migrations',
  'infrastructure/telemetry/otlp/otlp-worker.js',
  'interfaces/http/page',
];
for (const path of COPIED) cpSync(join(root, 'src', path), join(root, 'dist', path), { recursive: true });
writeFileSync(join(root, 'dist', '.built'), '');
