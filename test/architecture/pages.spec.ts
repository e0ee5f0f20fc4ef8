import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { PAGES, readPage, ROOT, withoutBlocks } from '../support/pages.js';

const MAX_WIDTH = 140;

/** `[text](target)`, and `[name]: target` at the beginning of a line. */
const LINK = /\]\(([^)\s]+)\)|^\[[^\]]+\]:\s*(\S+)/gm;

interface Link {
  readonly page: string;
  readonly anchor: string | undefined;
}

/** The links of a page to files of the repository, its own anchors among them. */
function linksOf(page: string): Link[] {
  return [...withoutBlocks(readPage(page)).matchAll(LINK)]
    .map(([, inline, reference]) => inline ?? reference ?? '')
    .filter((target) => !/^(https?|mailto|postgres):/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#');
      return { page: path === '' ? page : normalize(join(dirname(page), path)), anchor };
    });
}

/** As GitHub names them. */
function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutBlocks(readPage(page)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replace(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

function isBroken({ page, anchor }: Link): boolean {
  if (!existsSync(join(ROOT, page))) return true;
  return anchor !== undefined && page.endsWith('.md') && !anchorsOf(page).includes(anchor);
}

/** But for what can't be broken: a single word, or a link. */
function tooWide(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.length > MAX_WIDTH);
  return lines.filter((line) => !/^\s*(- )?\S+$/.test(line) && !/^\[[^\]]+\]: \S+$/.test(line));
}

describe('the pages', () => {
  it('are many, with many links', () => {
    expect(PAGES.length).toBeGreaterThan(40);
    expect(PAGES.flatMap(linksOf).length).toBeGreaterThan(200);
  });

  it.each(PAGES)('%s links only to files and headings that exist', (page) => {
    expect(linksOf(page).filter(isBroken)).toEqual([]);
  });

  it.each(PAGES)(`%s has no line of more than ${MAX_WIDTH} characters`, (page) => {
    expect(tooWide(withoutBlocks(readPage(page)))).toEqual([]);
  });

  it.each(PAGES.filter((page) => page.startsWith('docs/')))('%s is two clicks from the README', (page) => {
    const inOneClick = linksOf('README.md').map((link) => link.page);
    const inTwo = inOneClick.filter((each) => each.endsWith('.md')).flatMap(linksOf);
    expect([...inOneClick, ...inTwo.map((link) => link.page)]).toContain(page);
  });
});

describe('the README', () => {
  const readme = readPage('README.md');

  it('is a first page: at most 150 lines and 10 KB', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(151);
    expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(10_240);
  });

  it(`has no line of more than ${MAX_WIDTH} characters, its code included`, () => {
    expect(readme.split('\n').filter((line) => line.length > MAX_WIDTH)).toEqual([]);
  });
});
