/** Controls, formats, lone surrogates, and what else ends a line. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * The text with what is invisible escaped as in JSON: nothing in it ends a line, or steers the terminal that shows it. JSON
 * stays JSON of the same value.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, escaped);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
