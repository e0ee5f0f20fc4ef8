import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: ROOT })
  .toString()
  .split('\n')
  .filter((page) => page !== '' && existsSync(join(ROOT, page)));

/** `[text](target)`, and `[name]: target` at the begin of a line. */
const LINK = /\]\(([^)\s]+)\)|^\[[^\]]+\]:\s*(\S+)/gm;

function filesLinkedBy(page: string): string[] {
  return [...readFileSync(join(ROOT, page), 'utf8').matchAll(LINK)]
    .map(([, inline, reference]) => inline ?? reference ?? '')
    .filter((target) => !/^(https?:|mailto:|#)/.test(target))
    .map((target) => target.replace(/#.*$/, ''));
}

describe('the pages', () => {
  it('are many, with many links', () => {
    expect(pages.length).toBeGreaterThan(20);
    expect(pages.flatMap(filesLinkedBy).length).toBeGreaterThan(100);
  });

  it.each(pages)('%s links only to files that exist', (page) => {
    const broken = filesLinkedBy(page).filter((target) => !existsSync(join(ROOT, dirname(page), target)));

    expect(broken).toEqual([]);
  });
});
