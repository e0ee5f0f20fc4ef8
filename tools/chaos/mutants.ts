import type { Rule } from '../../packages/delivery/test/simulation/chaos-rules.js';
import type { ChaosOptions } from './options.js';

/** A service that is wrong in one way, and what shows it. */
export interface Mutant {
  /** Of its file in `mutants/`. */
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly play: Partial<ChaosOptions> & Pick<ChaosOptions, 'faults'>;
}

export const MUTANTS: readonly Mutant[] = [
  { name: 'commit-before-processing', rules: ['offsets'], play: { faults: ['kill-replica'] } },
  {
    name: 'retry-under-new-numbers',
    rules: ['no phantom'],
    play: { faults: ['lose-responses', 'slow-broker'], rate: 150 },
  },
  {
    name: 'errors-count-as-appended',
    rules: ['no loss'],
    play: { faults: ['move-leaders'], brokers: 3, rate: 300 },
  },
  { name: 'auto-resolve', rules: ['offsets'], play: { faults: ['kill-replica'] } },
  { name: 'begin-at-the-latest', rules: ['no loss'], play: { faults: ['delete-offsets', 'add-partitions'] } },
  {
    name: 'first-record-seen',
    rules: ['no loss', 'offsets', 'drain'],
    play: { faults: ['move-leaders'], brokers: 3, rate: 200, minutes: 1 },
  },
  { name: 'no-drain', rules: ['drain'], play: { faults: ['rolling-restart', 'scale'] } },
  {
    name: 'no-epochs',
    rules: ['offsets'],
    play: { faults: ['freeze-replica-for-long'], minutes: 0.35 },
  },
  {
    name: 'outages-count-attempts',
    rules: ['poison isolated'],
    play: { faults: ['restart-store', 'hang-store'] },
  },
  {
    name: 'unavailable-counts-attempts',
    rules: ['poison isolated'],
    play: { faults: ['fulfilment-503', 'fulfilment-refuses'], quiet: true, rate: 1 },
  },
  {
    name: 'dead-letters-not-awaited',
    rules: ['poison isolated', 'order', 'offsets', 'no loss'],
    play: { faults: ['refuse-dead-letters', 'kill-broker', 'kill-replica'] },
  },
  {
    name: 'unsent-counts-as-accepted',
    rules: ['counters'],
    play: { faults: ['hang-broker', 'kill-broker'] },
  },
  { name: 'duplicates-count-as-processed', rules: ['counters'], play: { faults: ['kill-replica'] } },
];
