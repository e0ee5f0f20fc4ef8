import { describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOG_LINES } from '../../tools/log-lines.js';
import { findLogCalls } from '../support/log-calls.js';
import { codeSpans, readPage, withoutBlocks } from '../support/pages.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** It has no logger: what it calls `error` is that of its commands. */
const CLI = join('interfaces', 'cli');

/** Each line of the service and of the library, with its levels: `<>` stands for a part that varies. */
const written = new Map<string, Set<string>>();
for (const { levels, texts } of sources().flatMap(findLogCalls)) {
  for (const text of texts) written.set(text, new Set([...(written.get(text) ?? []), ...levels]));
}

function sources(): string[] {
  return ['src', 'packages/delivery/src']
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter(({ name, parentPath }) => name.endsWith('.ts') && !parentPath.includes(CLI))
    .map(({ parentPath, name }) => join(parentPath, name));
}

const withoutNames = (line: string) => line.replaceAll(/<[^<>]+>/g, '<>');

it.each(Object.values(LOG_LINES))(
  'the log line that tools wait for is one that the service writes: %s',
  (line) => {
    expect([...written.keys()]).toContain(line);
  },
);

describe('docs/reference/log-lines.md', () => {
  /** "- `order processed` (info): …" */
  const ENTRY = /^- (`[^`]+`)\s+\(([a-z, ]+)\)/gm;
  const entries = [...withoutBlocks(readPage('docs/reference/log-lines.md')).matchAll(ENTRY)].map(
    ([, line = '', levels = '']) => `${codeSpans(line).map(withoutNames).join('')} (${levels})`,
  );

  it('has every log line once, with its level, and no other', () => {
    const lines = [...written].map(([line, levels]) => `${line} (${[...levels].join(', ')})`);

    expect(entries.toSorted()).toEqual(lines.toSorted());
  });
});

describe('docs/how-to/runbook.md', () => {
  it('has every log line of level warn and error', () => {
    const lines = codeSpans(withoutBlocks(readPage('docs/how-to/runbook.md'))).map(withoutNames);
    const missing = [...written]
      .filter(([, levels]) => levels.has('warn') || levels.has('error'))
      .map(([line]) => line)
      .filter((line) => !lines.includes(line));

    expect(missing).toEqual([]);
  });
});
