/** What a messaging system must do, as suites for jest. Run them on an adapter of your own. */
export { ConsumerGroupHarness, type TestReplica } from './consumer-group-harness.js';
export { consumingContract } from './consuming.contract.js';
export { deadLetterListContract } from './dead-letter-list.contract.js';
export { deadLetterStoreContract } from './dead-letter-store.contract.js';
export { feedContract } from './feed.contract.js';
export { lagContract } from './lag.contract.js';
export { messagingContract } from './messaging.contract.js';
export { publisherContract } from './publisher.contract.js';
export { rebalancingContract } from './rebalancing.contract.js';
export { standingContract } from './standing.contract.js';
export type {
  PublisherOptions,
  TestBroker,
  TestDeadLetters,
  TestFeeds,
  TestPublisher,
  TestTopic,
  TopicRecord,
} from './test-broker.js';
