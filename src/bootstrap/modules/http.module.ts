import { ContainerModule } from 'inversify';
import { DeadLetterController } from '../../interfaces/http/dead-letters/dead-letter-controller.js';
import { HealthController } from '../../interfaces/http/health/health-controller.js';
import { Readiness } from '../../interfaces/http/health/readiness.js';
import { OrderController } from '../../interfaces/http/orders/order-controller.js';
import { OrderStatusController } from '../../interfaces/http/orders/order-status-controller.js';
import type { Config } from '../config/config.js';
import { TOKENS } from '../tokens.js';

/** Controllers are made anew for each request: tsoa's keep the headers of their response. */
export function httpModule({ role, messaging: { topic } }: Config): ContainerModule {
  return new ContainerModule(({ bind }) => {
    const { messaging, store, replicas, accessCheck } = TOKENS;
    bind(TOKENS.readiness).toResolvedValue(
      (broker, { checks }, ofProcess, access) =>
        new Readiness(() => [
          { check: broker, required: true },
          ...checks.map((check) => ({ check, required: role !== 'api' })),
          // orders are accepted whatever the consumers wait for: only new ones can show that it is over
          ...ofProcess.all.map((check) => ({ check, required: role === 'consumer' })),
          { check: access, required: false },
        ]),
      [messaging, store, replicas, accessCheck],
    );

    const { sendOrder, importOrders, findOrder, awaitOrder, followOrder, ids, logger, clock } = TOKENS;
    bind(OrderController)
      .toResolvedValue(
        (s, i, g, l) => new OrderController(s, i, g, l),
        [sendOrder, importOrders, ids, logger],
      )
      .inTransientScope();
    bind(OrderStatusController)
      .toResolvedValue(
        (f, a, o, l) => new OrderStatusController(f, a, o, l),
        [findOrder, awaitOrder, followOrder, logger],
      )
      .inTransientScope();
    const { listDeadLetters, redriveDeadLetters, discardDeadLetters } = TOKENS;
    bind(DeadLetterController)
      .toResolvedValue(
        (l, r, d, c) => new DeadLetterController(l, r, d, topic, c),
        [listDeadLetters, redriveDeadLetters, discardDeadLetters, clock],
      )
      .inTransientScope();
    bind(HealthController)
      .toResolvedValue((r) => new HealthController(r), [TOKENS.readiness])
      .inTransientScope();
  });
}
