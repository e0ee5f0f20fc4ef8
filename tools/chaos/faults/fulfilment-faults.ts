import { FAILING, UNAVAILABLE, type FulfilmentOutage } from '../../../test/support/fulfilment-server.js';
import type { Random } from '../../../packages/delivery/test/simulation/random.js';
import type { Stage } from '../stage.js';
import type { Fault } from './fault.js';

const kindOf = (outage: FulfilmentOutage): string => `fulfilment-${outage}`;
const faultOf = (outage: FulfilmentOutage): Fault => ({
  kind: kindOf(outage),
  track: 'store and fulfilment',
  inject: async (stage, random) => {
    await stage.fulfilment.begin(outage);
    await stage.hold(howLong(stage, random));
    await stage.fulfilment.recover();
  },
});

/** One for each way in which fulfilment may not work. */
export const fulfilmentFaults: readonly Fault[] = [...UNAVAILABLE, ...FAILING].map(faultOf);
/** Kinds of faults in which an order that can't be processed is none's fault: no attempt counts. */
export const UNAVAILABLE_KINDS: ReadonlySet<string> = new Set(UNAVAILABLE.map(kindOf));
/** Kinds of faults in which each order fails, and its attempts count. */
export const FAILING_KINDS: ReadonlySet<string> = new Set(FAILING.map(kindOf));

/** In a quiet run long enough for every replica to meet it. */
function howLong({ isQuiet }: Stage, random: Random): number {
  return isQuiet ? random.int(15_000, 25_000) : random.int(2_000, 6_000);
}
