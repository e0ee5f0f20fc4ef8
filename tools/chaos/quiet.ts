import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../packages/delivery/test/simulation/random.js';
import { UNAVAILABLE, type FulfilmentServer } from '../../test/support/fulfilment-server.js';
import type { FaultSpan } from './chaos-history.js';

/** Requests a second: so few that no replica sees several different orders fail. */
export const QUIET_RATE = 1;
export const QUIET_TRACK = 'quiet';
const WAYS = 3;
const OUTAGE_MS = 7_000;
const BETWEEN_MS = 3_000;

/** Fulfilment is unavailable in some of its ways, one after another, and nothing else goes wrong. */
export async function quietOutages(
  fulfilment: FulfilmentServer,
  random: Random,
  signal: AbortSignal,
  onChange: (faults: readonly string[]) => void,
): Promise<FaultSpan[]> {
  const spans: FaultSpan[] = [];
  const left = [...UNAVAILABLE];
  while (left.length > UNAVAILABLE.length - WAYS && !signal.aborted) {
    for (const outage of left.splice(random.int(0, left.length - 1), 1)) {
      const kind = `fulfilment-${outage}`;
      onChange([kind]);
      await delay(BETWEEN_MS);
      const from = Date.now();
      await fulfilment.begin(outage);
      await delay(OUTAGE_MS);
      await fulfilment.recover();
      spans.push({ kind, track: QUIET_TRACK, from, to: Date.now() });
    }
  }
  onChange([]);
  return spans;
}
