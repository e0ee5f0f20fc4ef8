import { OrderMessageHandler } from '../../../dist/interfaces/messaging/order-message-handler.js';
import { replaceMethod } from '../../replace-method.mjs';

const MAX_ATTEMPTS = 5;

// what is unavailable is the order's fault
const decide = replaceMethod(
  OrderMessageHandler.prototype,
  'decide',
  function (error, record, attempt, ...others) {
    const disposition = decide.call(this, error, record, attempt, ...others);
    if (disposition.kind !== 'suspend' && disposition.kind !== 'unavailable') return disposition;
    if (attempt >= MAX_ATTEMPTS) return { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false };
    return { kind: 'retry', delayMs: 100, mayBeOutage: false };
  },
);
