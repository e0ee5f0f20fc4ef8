import { expect, it } from '@jest/globals';
import { loadConfig } from '../../../src/bootstrap/config.js';
import { ADMIN_DISCONNECT_MS, CLOSING_MS, PUBLISH_DEADLINE_MS } from '../../../src/bootstrap/limits.js';
import { DISCONNECT_DEADLINE_MS } from '../../../src/infrastructure/messaging/kafka/lane-producers.js';
import { LAST_COMMIT_DEADLINE_MS } from '../../../src/interfaces/messaging/delivery/delivery-engine.js';
import { LEAVE_DEADLINE_MS } from '../../../src/interfaces/messaging/kafka/kafka-membership.js';

it('leaves a stop enough time for all that it does after the work in flight', () => {
  const consumers = LAST_COMMIT_DEADLINE_MS + LEAVE_DEADLINE_MS;
  const publishers = PUBLISH_DEADLINE_MS + DISCONNECT_DEADLINE_MS;

  expect(CLOSING_MS).toBeGreaterThanOrEqual(consumers + publishers + ADMIN_DISCONNECT_MS);
  expect(() => loadConfig({ SHUTDOWN_MS: String(CLOSING_MS) })).toThrow('SHUTDOWN_MS');
});
