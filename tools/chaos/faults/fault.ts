import type { Random } from '../../../packages/delivery/test/simulation/random.js';
import type { Stage } from '../stage.js';

export type Track = 'replicas' | 'kafka' | 'store and fulfilment';

/** Something that happens in production. */
export interface Fault {
  readonly kind: string;
  readonly track: Track;
  /** Does it, and undoes it; the end of the run ends `stage.hold`. */
  inject(stage: Stage, random: Random): Promise<void>;
  /** Once a run at most, before all others of its track. */
  readonly once?: true;
  /** The other tracks pause meanwhile. */
  readonly alone?: true;
  /** Only where there are so many brokers. */
  readonly brokers?: 3;
  /** Nothing may be redelivered, nor refused, because of it. */
  readonly graceful?: true;
}
