import { MeteredMessagePublisher } from '../../../dist/infrastructure/telemetry/metered-message-publisher.js';
import { replaceMethod, withFields } from '../../replace-method.mjs';

// an order whose publishing failed is counted, too
const publish = replaceMethod(MeteredMessagePublisher.prototype, 'publish', async function (message) {
  const { orders } = withFields(this, 'orders');
  try {
    return await publish.call(this, message);
  } catch (error) {
    orders.accepted.add();
    throw error;
  }
});
