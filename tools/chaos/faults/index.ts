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
