import { OrderMessageHandler } from '../../../dist/interfaces/messaging/order-message-handler.js';

const { decide } = OrderMessageHandler.prototype;

// others succeed, whatever became of them: a fulfilment that is unavailable is the order's fault
OrderMessageHandler.prototype.decide = function (error, record, attempt) {
  return decide.call(this, error, record, attempt, true);
};
