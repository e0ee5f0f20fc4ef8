import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** All pages of the repository, by their paths in it. */
export const PAGES = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: ROOT })
  .toString()
  .split('\n')
  .filter((page) => page !== '' && existsSync(join(ROOT, page)));

const FENCE_OR_HEADING = /^ *```(\w+)\n([\s\S]*?)^ *```$|^#+ .*$/gm;

/** A fenced block of a page. */
export interface Block {
  /** Of the page's headings, the one that it stands under. */
  readonly section: number;
  readonly language: string;
  readonly text: string;
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

export function withoutBlocks(text: string): string {
  return text.replace(/^( *)```[^]*?^\1```$/gm, '');
}

/** What stands in backticks, on one line. */
export function codeSpans(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll(/\s+/g, ' '));
}

export function blocksOf(text: string): Block[] {
  let section = 0;
  const blocks: Block[] = [];
  for (const [, language, content = ''] of text.matchAll(FENCE_OR_HEADING)) {
    if (language === undefined) section++;
    else blocks.push({ section, language, text: content.trim() });
  }
  return blocks;
}

/** The lines of a shell block, continued ones joined, without what is only a comment. */
export function commandsOf({ text }: Block): string[] {
  return linesOf(text).filter((line) => line !== '' && !line.startsWith('#'));
}

/** The same with the comments that are lines of their own. */
export function linesOf(text: string): string[] {
  const joined = text.replaceAll(/ *\\\n */g, ' ');
  return joined.split('\n').map((line) => line.replace(/ +# .*$/, '').trim());
}
