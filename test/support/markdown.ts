import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A page of docs/, without its fenced blocks. */
export function readPage(name: string): string {
  const path = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
  return readFileSync(path, 'utf8').replaceAll(/^ *```.*?^ *```$/gms, '');
}

/** What stands in backticks, on one line. */
export function codeSpans(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll(/\s+/g, ' '));
}
