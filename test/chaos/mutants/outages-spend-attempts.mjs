import { OrderMessageHandler } from '../../../dist/interfaces/messaging/order-message-handler.js';

const { decide } = OrderMessageHandler.prototype;
const MAX_ATTEMPTS = 5;

// a store that is away is the order's fault
OrderMessageHandler.prototype.decide = function (error, record, attempt) {
  const disposition = decide.call(this, error, record, attempt);
  if (disposition.kind !== 'suspend') return disposition;
  if (attempt >= MAX_ATTEMPTS) return { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false };
  return { kind: 'retry', delayMs: 100, mayBeOutage: false };
};
