import type { GroupSettings } from '@order-service/delivery';
import { ContainerModule } from 'inversify';
import { DeliveryDeadLetters } from '../../infrastructure/delivery/delivery-dead-letters.js';
import { DeliveryMessagePublisher } from '../../infrastructure/delivery/delivery-message-publisher.js';
import { DeliveryPendingOrders } from '../../infrastructure/delivery/delivery-pending-orders.js';
import { TOKENS } from '../tokens.js';

/** The ports on the delivery library, whichever messaging it has. */
export function messagingModule(group: GroupSettings): ContainerModule {
  return new ContainerModule(({ bind }) => {
    const { messaging } = TOKENS;
    bind(TOKENS.publisher).toResolvedValue((m) => new DeliveryMessagePublisher(m.publisher), [messaging]);
    bind(TOKENS.deadLetters).toResolvedValue((m) => new DeliveryDeadLetters(m.deadLetters), [messaging]);
    bind(TOKENS.pendingOrders).toResolvedValue(
      (m) => new DeliveryPendingOrders(m, group.groupId),
      [messaging],
    );
    bind(TOKENS.recordSource).toResolvedValue((m) => m.source(group), [messaging]);
  });
}
