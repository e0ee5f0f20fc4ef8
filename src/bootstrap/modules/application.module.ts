import { ContainerModule } from 'inversify';
import { FindOrder } from '../../application/find-order.js';
import { ProcessOrder } from '../../application/process-order.js';
import { SendOrder } from '../../application/send-order.js';
import { SimulatedFulfilment } from '../../infrastructure/fulfilment/simulated-fulfilment.js';
import { SystemClock } from '../../infrastructure/system/system-clock.js';
import { UuidGenerator } from '../../infrastructure/system/uuid-generator.js';
import type { Config } from '../config.js';
import { TOKENS } from '../tokens.js';

/** The use cases, on ports. */
export function applicationModule(config: Config): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.clock).toConstantValue(new SystemClock());
    bind(TOKENS.ids).toConstantValue(new UuidGenerator());
    bind(TOKENS.fulfilment).toConstantValue(new SimulatedFulfilment(config.FULFILMENT_DELAY_MS));

    const { publisher, ids, clock, orders, fulfilment } = TOKENS;
    bind(TOKENS.sendOrder).toResolvedValue((p, i, c) => new SendOrder(p, i, c), [publisher, ids, clock]);
    bind(TOKENS.processOrder).toResolvedValue(
      (o, f, c) => new ProcessOrder(o, f, c),
      [orders, fulfilment, clock],
    );
    bind(TOKENS.findOrder).toResolvedValue((o) => new FindOrder(o), [orders]);
  });
}
