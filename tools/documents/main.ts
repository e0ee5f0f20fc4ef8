import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { breakingChanges } from './breaking-changes.js';
import type { OpenApi } from './open-api.js';

/** Shows what in docs/reference/openapi.yaml breaks clients of the revision given. 0: nothing, 1: something, 2: no such document. */
const FILE = 'docs/reference/openapi.yaml';
const root = join(import.meta.dirname, '../..');
const [revision = 'HEAD'] = process.argv.slice(2);

function readBefore(): string | undefined {
  try {
    return execFileSync('git', ['show', '--end-of-options', `${revision}:${FILE}`], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } catch (error) {
    console.error(`There is no ${FILE} at '${revision}': ${(error as { stderr: string }).stderr.trim()}`);
    return undefined;
  }
}

const before = readBefore();
if (before === undefined) {
  process.exitCode = 2;
} else {
  const after = readFileSync(join(root, FILE), 'utf8');
  const changes = breakingChanges(parse(before) as OpenApi, parse(after) as OpenApi);
  for (const change of changes) console.log(change);
  console.log(`${changes.length} changes since ${revision} break clients`);
  process.exitCode = changes.length > 0 ? 1 : 0;
}
