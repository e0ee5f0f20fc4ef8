/** The engine and its types: at-least-once, key-ordered, concurrent delivery. Knows no broker. */
export type { Clock } from './clock.js';
export { createConsumer, type ConsumerOptions } from './create-consumer.js';
export {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterOrder,
  type DeadLetterStore,
  type FailureStage,
  type FoundDeadLetters,
  type Origin,
  type Resolution,
} from './dead-letters.js';
export { backOffMs, type BackOff } from './back-off.js';
export { DeliveryEngine, type EngineSurroundings } from './delivery-engine.js';
export {
  PAUSE_REASONS,
  type DeliveryEvent,
  type DeliveryObserver,
  type EngineState,
  type PartitionState,
  type PauseReason,
} from './delivery-events.js';
export { DELIVERY_DEFAULTS, type DeliverySettings } from './delivery-settings.js';
export type { DependencyCheck, DependencyState } from './dependency-check.js';
export type { Feed, FeedEntry, FeedSettings } from './feed.js';
export type { GroupSettings, Messaging, PartitionLag, RecordPlace, RecordStanding } from './messaging.js';
export { failureText } from './failure-text.js';
export type { LogFields, Logger } from './logger.js';
export {
  MessageTooLarge,
  PublishFailed,
  type Message,
  type PublishedMessage,
  type Publisher,
  type QueuedMessages,
} from './publisher.js';
export {
  AttemptTimedOut,
  type Attempt,
  type Disposition,
  type Failures,
  type RecordHandler,
} from './record-handler.js';
export type { ReceivedRecord, RecordBatch, RecordSource } from './record-source.js';
export { retryThenDeadLetter, type RetryPolicy } from './retry-then-dead-letter.js';
export { systemTimers, type Timers } from './timers.js';
export { toDeadLetter } from './to-dead-letter.js';
