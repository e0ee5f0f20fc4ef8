import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import type { Row } from './rows.js';

const BEGIN = '<!-- npm run guarantees -- --write: begin -->';
const END = '<!-- npm run guarantees -- --write: end -->';
const WIDTH = 120;

/** The rows as lists in Markdown, one for each scenario, below the line that says where they come from. */
export function formatRows(rows: readonly Row[], origin: string): string {
  const promises = rows.filter(({ needed }) => needed !== '');
  const kept = promises.filter(({ passed }) => passed);
  const lines = [`${origin} PASSED: ${kept.length} of ${promises.length}.`, ''];
  let current: string | undefined;
  for (const { promise, needed, measured, passed } of rows) {
    const [scenario = '', what] = promise.split(': ');
    const result = `**${measured}**${needed === '' ? '' : `; needed: ${needed}`}${passed ? '' : '; FAILED'}`;
    if (what === undefined) lines.push(`- ${scenario}: ${result}`);
    else {
      if (scenario !== current) lines.push(`- ${scenario}`);
      lines.push(`  - ${what}: ${result}`);
    }
    current = what === undefined ? undefined : scenario;
  }
  return lines.join('\n');
}

/** Puts the lists into the document in place of those there. */
export async function writeInto(file: string, lists: string): Promise<void> {
  const style = { ...(await resolveConfig(file)), filepath: file };
  const [before, rest] = split(await readFile(file, 'utf8'), BEGIN);
  const [, after] = split(rest, END);
  const wrapped = await format(lists, { ...style, proseWrap: 'always', printWidth: WIDTH });
  await writeFile(file, await format(`${before}${BEGIN}\n\n${wrapped}\n${END}${after}`, style));
}

function split(text: string, marker: string): [string, string] {
  const at = text.indexOf(marker);
  if (at < 0) throw new Error(`the document has no line ${marker}`);
  return [text.slice(0, at), text.slice(at + marker.length)];
}
