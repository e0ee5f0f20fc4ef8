/** Text from elsewhere as one line that any log, header and store can keep: no control characters, 512 characters at most. */
export function oneLine(text: string): string {
  const line = text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .toWellFormed();
  return Array.from(line).slice(0, MAX_CHARACTERS).join('');
}

const MAX_CHARACTERS = 512;
