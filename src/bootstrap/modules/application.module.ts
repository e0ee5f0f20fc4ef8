import { systemTimers } from '@order-service/delivery';
import { ContainerModule } from 'inversify';
import { DiscardDeadLetters } from '../../application/dead-letters/discard-dead-letters.js';
import { ListDeadLetters } from '../../application/dead-letters/list-dead-letters.js';
import { RedriveDeadLetters } from '../../application/dead-letters/redrive-dead-letters.js';
import { AwaitOrder } from '../../application/orders/await-order.js';
import { FindOrder } from '../../application/orders/find-order.js';
import { FollowOrder } from '../../application/orders/follow-order.js';
import { ImportOrders } from '../../application/orders/import-orders.js';
import { OrderWatch } from '../../application/orders/order-watch.js';
import { ParkOrder } from '../../application/orders/park-order.js';
import { ProcessOrder } from '../../application/orders/process-order.js';
import { SendOrder } from '../../application/orders/send-order.js';
import { SystemClock } from '../../infrastructure/system/system-clock.js';
import { UuidGenerator } from '../../infrastructure/system/uuid-generator.js';
import { MAX_FOLLOWED, MAX_IMPORTED_IN_FLIGHT, MAX_WAITING } from '../config/limits.js';
import { TOKENS } from '../tokens.js';

/** The use cases, on ports, and what every process has of its system. */
export const applicationModule = new ContainerModule(({ bind }) => {
  const { publisher, ids, clock, orders, fulfilment, deadLetters, logger } = TOKENS;
  bind(clock).toResolvedValue(() => new SystemClock());
  bind(ids).toResolvedValue(() => new UuidGenerator());

  bind(TOKENS.sendOrder).toResolvedValue((p, i, c) => new SendOrder(p, i, c), [publisher, ids, clock]);
  bind(TOKENS.importOrders).toResolvedValue(
    (s) => new ImportOrders(s, MAX_IMPORTED_IN_FLIGHT),
    [TOKENS.sendOrder],
  );
  bind(TOKENS.processOrder).toResolvedValue(
    (o, f, c) => new ProcessOrder(o, f, c),
    [orders, fulfilment, clock],
  );
  bind(TOKENS.parkOrder).toResolvedValue((o) => new ParkOrder(o), [orders]);
  bind(TOKENS.findOrder).toResolvedValue((o, p) => new FindOrder(o, p), [orders, TOKENS.pendingOrders]);
  bind(TOKENS.orderWatch).toResolvedValue((o) => new OrderWatch(o, systemTimers), [orders]);
  const { findOrder, orderWatch } = TOKENS;
  bind(TOKENS.awaitOrder).toResolvedValue(
    (f, w) => new AwaitOrder(f, w, MAX_WAITING),
    [findOrder, orderWatch],
  );
  bind(TOKENS.followOrder).toResolvedValue(
    (f, w, c, a) => new FollowOrder(f, w, c, a, MAX_FOLLOWED),
    [findOrder, orderWatch, clock, TOKENS.orderAttempts],
  );
  bind(TOKENS.listDeadLetters).toResolvedValue((d) => new ListDeadLetters(d), [deadLetters]);
  bind(TOKENS.redriveDeadLetters).toResolvedValue(
    (d, p, l) => new RedriveDeadLetters(d, p, l),
    [deadLetters, publisher, logger],
  );
  bind(TOKENS.discardDeadLetters).toResolvedValue(
    (d, l) => new DiscardDeadLetters(d, l),
    [deadLetters, logger],
  );
});
