import { ContainerModule } from 'inversify';
import { DeliveryEngine } from '../../interfaces/messaging/delivery/delivery-engine.js';
import { OrderMessageHandler } from '../../interfaces/messaging/order-message-handler.js';
import { consumersOf, type Config } from '../config.js';
import { TOKENS } from '../tokens.js';

const DELIVERY = { commitIntervalMs: 200, maxOpenRecords: 1_000, rejoinDrainMs: 4_000 };
const RETRIES = { initialMs: 200, maxMs: 30_000 };

/** The consumer replicas of this process. Several in one process are numbered. */
export function consumerModule(config: Config): ContainerModule {
  const count = consumersOf(config);
  const replicas = Array.from({ length: count }, (_, index) =>
    count === 1 ? config.REPLICA_ID : `${config.REPLICA_ID}-${index + 1}`,
  );
  return new ContainerModule(({ bind }) => {
    const { recordSource, processOrder, logger, onFatal } = TOKENS;
    bind(TOKENS.consumers).toResolvedValue(
      (source, process, log, fatal) =>
        replicas.map((replica) => {
          const own = log.with({ replica });
          const handler = new OrderMessageHandler(replica, process, RETRIES, own);
          return new DeliveryEngine(replica, source, handler, DELIVERY, own, fatal);
        }),
      [recordSource, processOrder, logger, onFatal],
    );
  });
}
