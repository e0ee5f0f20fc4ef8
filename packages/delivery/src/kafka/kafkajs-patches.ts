import { sendBatchesAtOnce } from './kafkajs-produce-patch.js';
import { patchGroups } from './kafkajs-group-patches.js';
import { patchNetwork } from './kafkajs-network-patches.js';

let applied = false;

/** Mends kafkajs 2.2.4 in place, for every client of this process. Applying it twice is harmless. */
export function applyKafkajsPatches(): void {
  if (applied) return;
  applied = true;
  patchGroups();
  patchNetwork();
  sendBatchesAtOnce();
}
