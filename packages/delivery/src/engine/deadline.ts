import { systemTimers, type Timers } from './timers.js';

/** What `work` resolves with. Rejects when that takes longer than `deadlineMs`; `work` itself goes on. */
export async function before<T>(
  deadlineMs: number,
  work: Promise<T>,
  timers: Timers = systemTimers,
): Promise<T> {
  let cancel: (() => void) | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    cancel = timers.after(deadlineMs, () => {
      reject(new Error('no response in time'));
    });
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    cancel?.();
  }
}
