import type { ProcessOrder, ProcessOrderCommand } from '../../application/orders/process-order.js';
import type { OrderMetrics } from './order-metrics.js';

type ProcessesOrders = Pick<ProcessOrder, 'execute'>;

/** Counts what became of orders that are processed. */
export class MeteredProcessOrder implements ProcessesOrders {
  constructor(
    private readonly processOrder: ProcessesOrders,
    private readonly orders: OrderMetrics,
  ) {}

  execute(command: ProcessOrderCommand): ReturnType<ProcessOrder['execute']> {
    return this.processOrder.execute(command).then((outcome) => {
      this.orders.completed(outcome, command.order.state.placedAt.getTime());
      return outcome;
    });
  }
}
