/** One line that says what failed, with the words of its causes where they say more. */
export function failureText(error: unknown): string {
  return textOf(error).replaceAll(/\s+/g, ' ').trim();
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // a host with several addresses fails with an AggregateError, which has a code but no message
  const message = error.message || ('code' in error ? String(error.code) : error.name);
  const cause = error.cause === undefined ? '' : textOf(error.cause);
  return message.includes(cause) ? message : `${message}: ${cause}`;
}
