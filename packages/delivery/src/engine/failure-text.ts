/** One line that says what failed, with the words of its causes where they say more. */
export function failureText(error: unknown): string {
  return toText(error).replaceAll(/\s+/g, ' ').trim();
}

function toText(error: unknown): string {
  if (!isError(error)) return String(error);
  // a host with several addresses fails with an AggregateError, which has a code but no message
  const message = error.message || (error.code ?? error.name);
  const cause = error.cause === undefined ? '' : toText(error.cause);
  return message.includes(cause) ? message : `${message}: ${cause}`;
}

function isError(error: unknown): error is Error & { code?: string } {
  return typeof error === 'object' && error !== null && 'message' in error;
}
