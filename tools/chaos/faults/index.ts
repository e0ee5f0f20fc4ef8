import type { Fault } from './fault.js';
import { fulfilmentFaults } from './fulfilment-faults.js';
import { kafkaFaults } from './kafka-faults.js';
import { replicaFaults } from './replica-faults.js';
import { storeFaults } from './store-faults.js';

export type { Fault } from './fault.js';

export const FAULTS: readonly Fault[] = [
  ...replicaFaults,
  ...kafkaFaults,
  ...storeFaults,
  ...fulfilmentFaults,
];
