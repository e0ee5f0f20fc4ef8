import { ProcessOrder } from '../../../dist/application/orders/process-order.js';
import { done } from './done.mjs';

// loaded before the service, which is the one that is shipped: it only tells what was carried out
const { execute } = ProcessOrder.prototype;
ProcessOrder.prototype.execute = async function (command, ...others) {
  const outcome = await execute.call(this, command, ...others);
  done(command.order.id);
  return outcome;
};
