import { ContainerModule } from 'inversify';
import { DeadLetterController } from '../../interfaces/http/dead-letters/dead-letter-controller.js';
import { HealthController } from '../../interfaces/http/health/health-controller.js';
import { OrderController } from '../../interfaces/http/orders/order-controller.js';
import { Readiness } from '../../interfaces/http/health/readiness.js';
import { consumersOf, type Config } from '../config/config.js';
import { TOKENS } from '../tokens.js';

/** Controllers are made anew for each request: tsoa's keep the headers of their response. */
export function httpModule(config: Config): ContainerModule {
  const consumes = consumersOf(config) > 0;
  return new ContainerModule(({ bind }) => {
    const {
      sendOrder,
      importOrders,
      findOrder,
      ids,
      logger,
      readiness,
      messagingChecks,
      storeChecks,
      consumers,
    } = TOKENS;
    bind(TOKENS.readiness).toResolvedValue(
      (ofMessaging, ofStore, ofConsumers) =>
        new Readiness([
          ...ofMessaging.map((check) => ({ check, required: true })),
          ...ofStore.map((check) => ({ check, required: consumes })),
          // accepting doesn't depend on what a consumer waits for, and only what is accepted can show its end
          ...ofConsumers.map((check) => ({ check, required: config.ROLE === 'consumer' })),
        ]),
      [messagingChecks, storeChecks, consumers],
    );
    bind(OrderController)
      .toResolvedValue(
        (s, i, f, g, l) => new OrderController(s, i, f, g, l),
        [sendOrder, importOrders, findOrder, ids, logger],
      )
      .inTransientScope();
    const { listDeadLetters, redriveDeadLetters, discardDeadLetters, clock } = TOKENS;
    bind(DeadLetterController)
      .toResolvedValue(
        (l, r, d, c) => new DeadLetterController(l, r, d, config.KAFKA_TOPIC, c),
        [listDeadLetters, redriveDeadLetters, discardDeadLetters, clock],
      )
      .inTransientScope();
    bind(HealthController)
      .toResolvedValue((r) => new HealthController(r), [readiness])
      .inTransientScope();
  });
}
