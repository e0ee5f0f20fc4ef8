import { OrderMessageHandler } from '../../../dist/interfaces/messaging/order-message-handler.js';

const { decide } = OrderMessageHandler.prototype;
const MAX_ATTEMPTS = 5;

// what is unavailable is the order's fault
OrderMessageHandler.prototype.decide = function (error, record, attempt, othersSucceed) {
  const disposition = decide.call(this, error, record, attempt, othersSucceed);
  if (disposition.kind !== 'suspend' && disposition.kind !== 'unavailable') return disposition;
  if (attempt >= MAX_ATTEMPTS) return { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false };
  return { kind: 'retry', delayMs: 100, mayBeOutage: false };
};
