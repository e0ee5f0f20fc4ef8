import type { ChaosHistory } from '../chaos-history.js';

const nothing: ChaosHistory = {
  requests: [],
  log: [],
  letters: [],
  resolutions: { redriven: 0, discarded: 0 },
  effects: [],
  commits: [],
  final: [],
  handled: [],
  graceful: false,
  lastFaultAt: 100_000,
  drainedAt: 101_000,
  drainWithinMs: 60_000,
  options: { seed: 1, minutes: 2, brokers: 1, partitions: 5, rate: 60, faults: [], quiet: false },
  versions: '',
  startedAt: 0,
  faultsEndedAt: 100_000,
  faults: [],
  outages: [],
  answers: [],
  imports: [],
  operations: [],
  readiness: [],
  usage: [],
  fulfilledAgain: 0,
  misnamed: [],
  errors: {},
  events: [],
};

/** Of a run in which nothing happened but this. */
export function aHistory(changes: Partial<ChaosHistory>): ChaosHistory {
  return { ...nothing, ...changes };
}
