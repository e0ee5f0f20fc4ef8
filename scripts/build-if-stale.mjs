// Builds when a source is newer than the last build.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const files = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('generated'))
    .map((entry) => join(entry.parentPath, entry.name));

const sources = [
  ...files(join(root, 'src')),
  ...files(join(root, 'packages/delivery/src')),
  ...[
    'package-lock.json',
    'packages/delivery/package.json',
    'packages/delivery/tsconfig.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'tsoa.json',
    'docs/reference/asyncapi.yaml',
    'scripts/build.mjs',
    'scripts/generate.mjs',
    'scripts/async-api-page.mjs',
    'scripts/open-api-headers.mjs',
  ].map((name) => join(root, name)),
];
if (sources.some((file) => modified(file) > modified(join(root, 'dist', '.built')))) {
  console.log('building (the sources are newer than the last build) ...');
  await import('./build.mjs');
}
