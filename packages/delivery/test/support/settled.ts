import { setImmediate as turnOfEventLoop } from 'node:timers/promises';

/** Lets all promises that can settle do so, those that wait for turns of the event loop too; needs no time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await turnOfEventLoop();
}
