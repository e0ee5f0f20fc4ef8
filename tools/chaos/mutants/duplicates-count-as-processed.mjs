import { OrderMetrics } from '../../../dist/infrastructure/telemetry/order-metrics.js';
import { replaceMethod } from '../../replace-method.mjs';

// an order that was processed before counts once more
const completed = replaceMethod(OrderMetrics.prototype, 'completed', function (outcome, since) {
  completed.call(this, outcome === 'already-processed' ? 'processed' : outcome, since);
});
