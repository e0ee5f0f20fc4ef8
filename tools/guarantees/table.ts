import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import type { Row } from './rows.js';

const BEGIN = '<!-- npm run guarantees -- --write: begin -->';
const END = '<!-- npm run guarantees -- --write: end -->';

/** The rows as a table in Markdown, below the line that says where they come from. */
export function formatTable(rows: readonly Row[], origin: string): string {
  const lines = rows.map(
    ({ promise, needed, measured, passed }) =>
      `| ${promise} | ${needed} | ${measured} | ${passed ? 'PASSED' : 'FAILED'} |`,
  );
  return [origin, '', '| Promise | Needed | Measured | |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** Puts the table into the document in place of the one there. */
export async function writeInto(file: string, table: string): Promise<void> {
  const [before, rest] = split(await readFile(file, 'utf8'), BEGIN);
  const [, after] = split(rest, END);
  const document = `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
  await writeFile(file, await format(document, { ...(await resolveConfig(file)), filepath: file }));
}

function split(text: string, marker: string): [string, string] {
  const at = text.indexOf(marker);
  if (at < 0) throw new Error(`the document has no line ${marker}`);
  return [text.slice(0, at), text.slice(at + marker.length)];
}
