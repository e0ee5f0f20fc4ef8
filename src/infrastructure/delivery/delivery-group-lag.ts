import type { Messaging } from '@order-service/delivery';
import type { GroupLag, PartitionLag } from '../../application/ports/group-lag.js';

/** What the delivery library's messaging knows of a consumer group. */
export class DeliveryGroupLag implements GroupLag {
  constructor(
    private readonly messaging: Pick<Messaging, 'lag'>,
    private readonly groupId: string,
  ) {}

  async lag(): Promise<readonly PartitionLag[]> {
    const found = await this.messaging.lag(this.groupId);
    return found.map(({ partition, records, pending, end, oldestAt }) => {
      return { partition, records, pending, end: Number(end), oldestAt };
    });
  }
}
