import { setImmediate as turnOfEventLoop } from 'node:timers/promises';

/** Lets the event loop do its other work so many times: a pause of no time in an idle process, of some ms in a busy one. */
export async function eventLoopTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await turnOfEventLoop();
}
