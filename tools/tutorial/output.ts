/** The first of the lines that the output does not have, in their order. `...` in a line stands for anything. */
export function findMissing(lines: readonly string[], output: string): string | undefined {
  const printed = output.split('\n').map(normalize);
  let next = 0;
  for (const line of lines) {
    const pattern = toPattern(normalize(line));
    const found = printed.findIndex((text, index) => index >= next && pattern.test(text));
    if (found === -1) return line.trim();
    // a line of dots alone matches what is there already
    if (line.trim() !== '...') next = found + 1;
  }
  return undefined;
}

function normalize(line: string): string {
  return line.trim().replaceAll(/\s+/g, ' ');
}

function toPattern(line: string): RegExp {
  const parts = line.split('...').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'u');
}
