import type { DeadLetterReason } from '../../application/ports/dead-letters.js';

/** What was typed can't be meant. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

const DEFAULT_URL = 'http://localhost:5000';
const REASONS: readonly string[] = ['invalid', 'exhausted', 'conflicting'] satisfies DeadLetterReason[];
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** The address of the service, without a slash at its end. @throws WrongUsage, as all of these do */
export function urlOf(text: string | undefined): string {
  const url = text === undefined || text === '' ? DEFAULT_URL : text;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new WrongUsage(`'${url}' is not the URL of a service, such as ${DEFAULT_URL}`);
  }
  return url.replace(/\/+$/, '');
}

export function countOf(option: string, text: string, max?: number): number {
  if (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= (max ?? Infinity)) return Number(text);
  throw new WrongUsage(
    `${option} must be a whole number ${max === undefined ? 'of at least 1' : `from 1 to ${max}`}`,
  );
}

export function reasonOf(text: string): DeadLetterReason {
  if (REASONS.includes(text)) return text as DeadLetterReason;
  throw new WrongUsage(`--reason must be one of ${REASONS.join(', ')}`);
}

export function orderOf(text: string): string {
  if (text !== '') return text;
  throw new WrongUsage('--order must not be empty');
}

export function secondsOf(age: string): number {
  const [, number, unit = ''] = /^([1-9]\d{0,4})([smhd])$/.exec(age) ?? [];
  const seconds = SECONDS[unit];
  if (seconds !== undefined) return Number(number) * seconds;
  throw new WrongUsage('--older-than must be an age such as 90s, 10m, 2h or 1d');
}

export function letterIdOf(text: string): string {
  if (/^\d{1,9}-\d{1,19}$/.test(text)) return text;
  throw new WrongUsage(`'${text}' is not the id of a letter, such as 3-42`);
}
