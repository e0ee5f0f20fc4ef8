import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GUARANTEES = 'docs/explanation/guarantees.md';
const GUARANTEE_TESTS = 'docs/reference/guarantee-tests.md';
const PAGES = [GUARANTEE_TESTS, 'docs/explanation/kafkajs.md', 'docs/explanation/security.md'];

/** The link to a file of tests. Up to the next one, what is in italics is the title of a test; names in code have no italics. */
const LINK_TO_TESTS = /\]\(([^)]+\.(?:spec|contract)\.ts)\)/;
const TITLE = /_([^_]+)_/g;
const CODE = /`[^`]*`/g;

interface NamedTest {
  readonly file: string;
  readonly title: string;
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function testsNamedIn(page: string, text = read(page)): NamedTest[] {
  const [, ...parts] = text.split(LINK_TO_TESTS);
  return parts.flatMap((part, index) => {
    if (index % 2 === 0) return [];
    const file = join(dirname(page), parts[index - 1] ?? '');
    return [...part.replace(CODE, '').matchAll(TITLE)].map(([, title = '']) => ({
      file,
      title: title.replace(/\s+/g, ' '),
    }));
  });
}

/** A title stands in the source as it is printed, in quotes. */
function occurs({ file, title }: NamedTest): number {
  const source = read(file);
  return ["'", '`', '"'].reduce((times, quote) => times + source.split(quote + title + quote).length - 1, 0);
}

function sections(page: string, level: string): [heading: string, text: string][] {
  const [, ...texts] = read(page).split(new RegExp(`^${level} `, 'm'));
  return texts.map((text) => [text.slice(0, text.indexOf('\n')), text]);
}

describe('the tests that a page names', () => {
  it.each(PAGES)('exist once in the files that it links to: %s', (page) => {
    const named = testsNamedIn(page);

    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((test) => occurs(test) !== 1)).toEqual([]);
  });

  it('prove each guarantee, under its heading', () => {
    const guarantees = sections(GUARANTEES, '###').map(([heading]) => heading);
    const proven = sections(GUARANTEE_TESTS, '##')
      .filter(([, text]) => testsNamedIn(GUARANTEE_TESTS, text).length > 0)
      .map(([heading]) => heading);

    expect(guarantees.length).toBeGreaterThan(10);
    expect(proven).toEqual(guarantees);
  });
});
