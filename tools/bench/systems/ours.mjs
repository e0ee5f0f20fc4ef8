import { ProcessOrder } from '../../../dist/application/orders/process-order.js';
import { replaceMethod } from '../../replace-method.mjs';
import { done } from './done.mjs';

// loaded before the service, which is the one that is shipped: it only tells what was processed
const execute = replaceMethod(ProcessOrder.prototype, 'execute', async function (command, ...others) {
  const outcome = await execute.call(this, command, ...others);
  done(command.order.id);
  return outcome;
});
