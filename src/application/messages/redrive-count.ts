import type { EncodedMessage } from '../ports/message-publisher.js';

/** How often a message was redriven, as a decimal number; absent before the first time. */
export const REDRIVE_COUNT_HEADER = 'x-redrive-count';

const MAX_DIGITS = 9;

/** Anything but a number counts as never: any producer may write the header. */
export function readRedriveCount({ headers }: Pick<EncodedMessage, 'headers'>): number {
  const value = Object.hasOwn(headers, REDRIVE_COUNT_HEADER) ? headers[REDRIVE_COUNT_HEADER] : undefined;
  const text = typeof value === 'string' ? value : new TextDecoder().decode(value);
  return /^\d+$/.test(text) && text.length <= MAX_DIGITS ? Number(text) : 0;
}
