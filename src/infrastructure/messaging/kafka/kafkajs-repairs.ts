import { sendBatchesAtOnce } from './kafkajs-produce-repair.js';
import { repairGroups } from './kafkajs-group-repairs.js';
import { repairNetwork } from './kafkajs-network-repairs.js';

let applied = false;

/** Mends kafkajs 2.2.4 in place, for every client of this process. Applying it twice is harmless. */
export function applyKafkajsRepairs(): void {
  if (applied) return;
  applied = true;
  repairGroups();
  repairNetwork();
  sendBatchesAtOnce();
}
