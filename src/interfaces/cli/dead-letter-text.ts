import type { ShownDeadLetter } from './service-client.js';

const AGES = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;
const HEADINGS = ['ID', 'AGE', 'REASON', 'ATTEMPTS', 'REDRIVES', 'ORDER', 'ERROR'];

/** A line each, none longer than `width`: the order's id gets a quarter of it, the error what is left. */
export function deadLetterTable(deadLetters: readonly ShownDeadLetter[], now: Date, width: number): string[] {
  const rows = deadLetters.map((deadLetter) => [
    deadLetter.id,
    describeAge(deadLetter.lastFailureAt, now),
    deadLetter.reason,
    String(deadLetter.attempts),
    String(deadLetter.redriveCount),
    truncate(contentText(deadLetter.key), Math.max(8, Math.floor(width / 4))),
    printable(deadLetter.errorMessage),
  ]);
  const table = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    truncate(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
      width,
    ),
  );
}

/** All that is known of it. */
export function deadLetterText(deadLetter: ShownDeadLetter): string[] {
  const { key, value, headers, ...fields } = deadLetter;
  const entries = Object.entries({ ...fields, key: contentText(key) });
  const width = Math.max(...entries.map(([name]) => name.length));
  return [
    ...entries.map(([name, text]) => `${name.padEnd(width)}  ${printable(String(text))}`),
    '',
    `headers${Object.keys(headers).length === 0 ? ': none' : ''}`,
    ...Object.entries(headers).map(([name, content]) => `  ${printable(name)}: ${contentText(content)}`),
    '',
    value === undefined
      ? 'value: none'
      : `value, ${value.bytes} bytes${value.text === undefined ? ', base64' : ''}`,
    ...(value === undefined ? [] : [contentText(value)]),
  ];
}

/** Nothing in it moves the cursor, colours or hides: what was sent may be anything. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}

function contentText(content: ShownDeadLetter['key']): string {
  return content === undefined ? '-' : printable(content.text ?? content.base64 ?? '');
}

function describeAge(time: string, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 1_000));
  const [unit, length] = AGES.find(([, each]) => seconds >= each) ?? ['s', 1];
  return `${Math.floor(seconds / length)}${unit}`;
}

function truncate(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

export function countDeadLetters(count: number): string {
  return count === 1 ? '1 dead letter' : `${count} dead letters`;
}
