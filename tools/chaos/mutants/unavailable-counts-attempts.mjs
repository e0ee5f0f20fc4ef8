import { OrderMessageHandler } from '../../../dist/interfaces/messaging/order-message-handler.js';
import { replaceMethod } from '../../replace-method.mjs';

// others succeed, whatever became of them: a fulfilment that is unavailable is the order's fault
const decide = replaceMethod(OrderMessageHandler.prototype, 'decide', function (error, record, attempt) {
  return decide.call(this, error, record, attempt, true);
});
