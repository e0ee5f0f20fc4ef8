import type { Fault } from './fault.js';
import { fulfilmentFaults } from './fulfilment-faults.js';
import { brokerFaults } from './broker-faults.js';
import { replicaFaults } from './replica-faults.js';
import { storeFaults } from './store-faults.js';
import { topicFaults } from './topic-faults.js';

export type { Fault } from './fault.js';

export const FAULTS: readonly Fault[] = [
  ...replicaFaults,
  ...brokerFaults,
  ...topicFaults,
  ...storeFaults,
  ...fulfilmentFaults,
];

/** Kinds of faults in which a replica may not see the store's response in time. */
export const MAY_LOSE_RESPONSES: ReadonlySet<string> = new Set([
  ...storeFaults.map(({ kind }) => kind),
  'freeze-replica',
  'freeze-replica-for-long',
  'block-event-loop',
  'small-heap',
  'few-open-files',
]);
