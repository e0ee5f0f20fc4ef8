import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
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
