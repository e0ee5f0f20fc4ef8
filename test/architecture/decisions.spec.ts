import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../docs/adr/', import.meta.url));
const read = (file: string): string => readFileSync(FOLDER + file, 'utf8');
const files = readdirSync(FOLDER).filter((file) => /^\d{4}-/.test(file));

/** Its other records are linked there. */
function statusOf(file: string): string {
  const [, status = ''] = /^Status: (.+)$/m.exec(read(file)) ?? [];
  return status.replaceAll(/\[(\d{4})\]\(\1-[a-z0-9-]+\.md\)/g, '$1');
}

function recordsNamedIn(status: string): string[] {
  return status.match(/\d{4}/g) ?? [];
}

describe('the decision records', () => {
  it('are many', () => {
    expect(files.length).toBeGreaterThan(15);
  });

  it.each(files)('have a status that is known: %s', (file) => {
    expect(statusOf(file)).toMatch(
      /^(accepted|(accepted, amended|superseded) by \d{4}(, \d{4})*( and \d{4})?)$/,
    );
  });

  it.each(files)('are named by the records that changed them: %s', (file) => {
    const silent = recordsNamedIn(statusOf(file)).filter((number) => {
      const later = files.find((each) => each.startsWith(number));
      return later === undefined || !read(later).includes(file);
    });

    expect(silent).toEqual([]);
  });

  it('are all listed in the index, with their title and status', () => {
    const entries = read('README.md').match(/^- \[\d{4}.*(\n {2}.*)*/gm) ?? [];
    const expected = files.map((file) => {
      const [, title = ''] = /^# (.+)$/m.exec(read(file)) ?? [];
      return `- [${title}](${file}): ${statusOf(file)}`;
    });

    expect(entries.map((entry) => entry.replace(/\s+/g, ' '))).toEqual(expected);
  });
});
