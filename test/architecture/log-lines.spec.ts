import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOG_LINES } from '../../tools/log-lines.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const sources = ['src', 'packages/delivery/src']
  .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
  .filter(({ name }) => name.endsWith('.ts'))
  .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
  .join('\n');

it.each(Object.values(LOG_LINES))(
  'the log line that tools wait for is one that the service writes: %s',
  (line) => {
    expect(
      sources.includes(`'${line}'`) || sources.includes(`\`${line} \${`) || sources.includes(`\`${line},`),
    ).toBe(true);
  },
);
