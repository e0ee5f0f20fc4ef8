import { describe, expect, it } from '@jest/globals';
import { ADMIN_DISCONNECT_MS } from '../../../packages/delivery/src/kafka/kafka-messaging.js';
import { encodeOrderSubmitted } from '../../../src/application/messages/order-submitted.js';
import { loadConfig } from '../../../src/bootstrap/config/load-config.js';
import { createContainer } from '../../../src/bootstrap/container.js';
import {
  CLIENT_PLACES,
  CLOSING_MS,
  MAX_FOLLOWED,
  MAX_IMPORTED_IN_FLIGHT,
  MAX_QUEUED_BYTES,
  MAX_QUEUED_MESSAGES,
  MAX_WAITING,
  PUBLISH_DEADLINE_MS,
} from '../../../src/bootstrap/config/limits.js';
import { TOKENS } from '../../../src/bootstrap/tokens.js';
import { Order } from '../../../src/domain/order/order.js';
import { encodedSize } from '../../../packages/delivery/src/engine/encoded-size.js';
import { DISCONNECT_DEADLINE_MS } from '../../../packages/delivery/src/kafka/topic-brokers.js';
import { LAST_COMMIT_DEADLINE_MS } from '../../../packages/delivery/src/engine/delivery-engine.js';
import { LEAVE_DEADLINE_MS } from '../../../packages/delivery/src/kafka/kafka-membership.js';
import { MAX_LIVE_STREAMS } from '../../../src/interfaces/http/live/live-streams.js';
import { silentLogger } from '../../../packages/delivery/src/contract/silent-logger.js';

describe('imports', () => {
  it('have at most half of the publisher’s queue, be their orders as large as can be', () => {
    const largest = Order.place({
      orderId: 'x'.repeat(64),
      product: '😀'.repeat(200),
      quantity: 1_000_000,
      placedAt: new Date(),
    });
    const message = encodeOrderSubmitted(largest, {
      messageId: '01937b5e-7f3a-7c11-9a52-3f6d0c8e4b21',
      correlationId: 'x'.repeat(128),
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });

    expect(MAX_IMPORTED_IN_FLIGHT).toBeLessThanOrEqual(MAX_QUEUED_MESSAGES / 2);
    expect(MAX_IMPORTED_IN_FLIGHT * encodedSize(message)).toBeLessThanOrEqual(MAX_QUEUED_BYTES / 2);
  });

  it('share one bound in the process', () => {
    const container = createContainer(loadConfig({}), silentLogger, () => undefined);

    expect(container.get(TOKENS.importOrders)).toBe(container.get(TOKENS.importOrders));
  });
});

it('one client may have half of what the process has', () => {
  expect(CLIENT_PLACES).toMatchObject({
    waits: MAX_WAITING / 2,
    orderStreams: MAX_FOLLOWED / 2,
    liveStreams: MAX_LIVE_STREAMS / 2,
  });
});

describe('a stop', () => {
  it('has enough time for all that it does after the work in flight', () => {
    const consumers = LAST_COMMIT_DEADLINE_MS + LEAVE_DEADLINE_MS;
    const publishers = PUBLISH_DEADLINE_MS + DISCONNECT_DEADLINE_MS;

    expect(CLOSING_MS).toBeGreaterThanOrEqual(consumers + publishers + ADMIN_DISCONNECT_MS);
    expect(() => loadConfig({ SHUTDOWN_MS: String(CLOSING_MS) })).toThrow('SHUTDOWN_MS');
  });
});
