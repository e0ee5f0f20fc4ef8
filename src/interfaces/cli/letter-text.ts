import type { Letter } from './operations-client.js';

const AGES = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;
const HEADINGS = ['ID', 'AGE', 'REASON', 'TRIES', 'SENT BACK', 'ORDER', 'ERROR'];

/** A line a letter, none longer than `width`: the order's id gets a quarter of it, the error what is left. */
export function letterTable(letters: readonly Letter[], now: Date, width: number): string[] {
  const rows = letters.map((letter) => [
    letter.id,
    ageOf(letter.lastFailureAt, now),
    letter.reason,
    String(letter.attempts),
    String(letter.redriveCount),
    cut(contentOf(letter.key), Math.max(8, Math.floor(width / 4))),
    printable(letter.errorMessage),
  ]);
  const table = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    cut(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
      width,
    ),
  );
}

/** All that is known of a letter. */
export function letterText(letter: Letter): string[] {
  const { key, value, headers, ...fields } = letter;
  const entries = Object.entries({ ...fields, key: contentOf(key) });
  const width = Math.max(...entries.map(([name]) => name.length));
  return [
    ...entries.map(([name, text]) => `${name.padEnd(width)}  ${printable(String(text))}`),
    '',
    `headers${Object.keys(headers).length === 0 ? ': none' : ''}`,
    ...Object.entries(headers).map(([name, content]) => `  ${printable(name)}: ${contentOf(content)}`),
    '',
    value === undefined
      ? 'value: none'
      : `value, ${value.bytes} bytes${value.text === undefined ? ', base64' : ''}`,
    ...(value === undefined ? [] : [contentOf(value)]),
  ];
}

/** Nothing in it moves the cursor, colours or hides: what was sent may be anything. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}

function contentOf(content: Letter['key']): string {
  return content === undefined ? '-' : printable(content.text ?? content.base64 ?? '');
}

function ageOf(time: string, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 1_000));
  const [unit, length] = AGES.find(([, each]) => seconds >= each) ?? ['s', 1];
  return `${Math.floor(seconds / length)}${unit}`;
}

function cut(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}
