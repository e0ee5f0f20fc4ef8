import type { Random } from './random.js';

/** Nothing is handled twice because of these. */
const GENTLE = ['start', 'stop and start', 'pause'] as const;
const ROUGH = [
  'crash',
  'crash and start',
  'freeze',
  'freeze and replace',
  'coordinator unavailable',
  'store unavailable',
  'responses lost',
  'calls fail',
  'calls unavailable',
  'dead letters unavailable',
  'stray batches',
  'commits lost',
  'slow network',
] as const;

export const FAULT_KINDS = [...GENTLE, ...ROUGH] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  readonly at: number;
  readonly forMs: number;
  /** Which replica, where it concerns one. */
  readonly replica: number;
}

export interface FaultPlanSettings {
  readonly gentle: boolean;
  readonly replicas: number;
  /** All of them have begun by then. */
  readonly forMs: number;
  /** Some last longer than the session. */
  readonly group: { readonly sessionTimeoutMs: number };
}

export function planFaults(random: Random, settings: FaultPlanSettings): Fault[] {
  const { gentle, replicas, group, forMs } = settings;
  const { sessionTimeoutMs } = group;
  const kinds: readonly [FaultKind, ...FaultKind[]] = gentle ? GENTLE : FAULT_KINDS;
  const faults = Array.from({ length: random.int(1, 8) }, () => ({
    kind: random.pick(kinds),
    at: random.int(0, forMs),
    forMs: random.chance(0.5)
      ? random.int(sessionTimeoutMs, 2 * sessionTimeoutMs)
      : random.int(50, sessionTimeoutMs / 2),
    replica: random.int(0, replicas - 1),
  }));
  return faults.sort((a, b) => a.at - b.at);
}
