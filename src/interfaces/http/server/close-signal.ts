import type { Request } from 'express';

/** Aborted when the connection is closed, or the response is written. */
export function closeSignal({ res }: Request): AbortSignal {
  const closed = new AbortController();
  if (res?.closed === true) closed.abort();
  res?.once('close', () => closed.abort());
  return closed.signal;
}
