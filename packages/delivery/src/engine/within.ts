import type { Timers } from './timers.js';

/** Waits for `work`, at most `deadlineMs`. */
export async function within(deadlineMs: number, work: Promise<unknown>, timers: Timers): Promise<void> {
  let cancel: (() => void) | undefined;
  const deadline = new Promise<void>((resolve) => {
    cancel = timers.after(deadlineMs, resolve);
  });
  await Promise.race([work, deadline]);
  cancel?.();
}
