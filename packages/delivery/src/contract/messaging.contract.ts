import { consumingContract } from './consuming.contract.js';
import { deadLetterListContract } from './dead-letter-list.contract.js';
import { deadLetterStoreContract } from './dead-letter-store.contract.js';
import { feedContract } from './feed.contract.js';
import { publisherContract } from './publisher.contract.js';
import { rebalancingContract } from './rebalancing.contract.js';
import { lagContract } from './lag.contract.js';
import { standingContract } from './standing.contract.js';
import type { TestBroker } from './test-broker.js';

/** What every messaging system does: publishing, consuming, dead letters, feeds. Call it in a jest file. */
export function messagingContract(startBroker: () => Promise<TestBroker>): void {
  publisherContract(startBroker);
  consumingContract(startBroker);
  rebalancingContract(startBroker);
  lagContract(startBroker);
  standingContract(startBroker);
  feedContract(startBroker);
  deadLetterStoreContract(startBroker);
  deadLetterListContract(startBroker);
}
