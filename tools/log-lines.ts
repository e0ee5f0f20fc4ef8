/** The service's log lines that tools and tests wait for or count; a test finds each of them in the sources. */
export const LOG_LINES = {
  accepted: 'order accepted',
  processed: 'order processed',
  rejected: 'order rejected',
  alreadyProcessed: 'order was already processed',
  deadLettered: 'order dead-lettered',
  willBeRetried: 'order failed',
  redriven: 'dead letter redriven',
  discarded: 'dead letter discarded',
  circuitOpened: 'circuit breaker open: a dependency is unavailable, no attempt is counted',
  partitionsAssigned: 'partitions assigned',
  listening: 'listening',
  ready: 'ready',
  failed: 'the process ends after a failure',
  stopping: 'stopping',
  stopped: 'stopped',
  debugOn: 'debug is on',
  debugOff: 'debug is off',
  eventLoopBlocked: 'the event loop was blocked',
} as const;

/** What a consumer's health check is called, before its name, and how the detail begins that lists its partitions. */
export const CONSUMER_CHECK = { name: 'consumer ', partitions: 'partitions ' } as const;
