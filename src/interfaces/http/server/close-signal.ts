import type { Request } from 'express';

/** Aborted when the connection is closed, or the response is written. */
export function closeSignal({ res, socket }: Request): AbortSignal {
  const closed = new AbortController();
  if (res?.closed === true || socket.destroyed) closed.abort();
  res?.once('close', () => closed.abort());
  return closed.signal;
}
