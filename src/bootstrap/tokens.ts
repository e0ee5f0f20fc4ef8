import type { Messaging, RecordSource } from '@order-service/delivery';
import type { ServiceIdentifier } from 'inversify';
import type { DiscardDeadLetters } from '../application/dead-letters/discard-dead-letters.js';
import type { FindOrder } from '../application/orders/find-order.js';
import type { ImportOrders } from '../application/orders/import-orders.js';
import type { ListDeadLetters } from '../application/dead-letters/list-dead-letters.js';
import type { ParkOrder } from '../application/orders/park-order.js';
import type { Clock } from '../application/ports/clock.js';
import type { DeadLetterReason, DeadLetters } from '../application/ports/dead-letters.js';
import type { DependencyCheck } from '../application/ports/dependency-check.js';
import type { Fulfilment } from '../application/ports/fulfilment.js';
import type { IdGenerator } from '../application/ports/id-generator.js';
import type { Logger } from '../application/ports/logger.js';
import type { MessagePublisher } from '../application/ports/message-publisher.js';
import type { OrderRepository } from '../application/ports/order-repository.js';
import type { ProcessOrder } from '../application/orders/process-order.js';
import type { RedriveDeadLetters } from '../application/dead-letters/redrive-dead-letters.js';
import type { SendOrder } from '../application/orders/send-order.js';
import type { OrderConsumer } from '../interfaces/messaging/order-consumer.js';
import type { Readiness } from '../interfaces/http/health/readiness.js';
import type { Dependency, Service } from './service.js';

/** Where orders are kept, as the process starts, checks and stops it. */
export interface Store extends Dependency {
  readonly checks: readonly DependencyCheck[];
}

const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(`order-service:${name}`);

export const TOKENS = {
  logger: token<Logger>('logger'),
  onFatal: token<(error: Error) => void>('onFatal'),

  clock: token<Clock>('clock'),
  ids: token<IdGenerator>('ids'),
  fulfilment: token<Fulfilment>('fulfilment'),

  messaging: token<Messaging<DeadLetterReason>>('messaging'),
  publisher: token<MessagePublisher>('publisher'),
  deadLetters: token<DeadLetters>('deadLetters'),
  recordSource: token<RecordSource>('recordSource'),

  orders: token<OrderRepository>('orders'),
  store: token<Store>('store'),

  sendOrder: token<SendOrder>('sendOrder'),
  importOrders: token<ImportOrders>('importOrders'),
  processOrder: token<ProcessOrder>('processOrder'),
  parkOrder: token<ParkOrder>('parkOrder'),
  findOrder: token<FindOrder>('findOrder'),
  listDeadLetters: token<ListDeadLetters>('listDeadLetters'),
  redriveDeadLetters: token<RedriveDeadLetters>('redriveDeadLetters'),
  discardDeadLetters: token<DiscardDeadLetters>('discardDeadLetters'),

  consumers: token<readonly OrderConsumer[]>('consumers'),
  readiness: token<Readiness>('readiness'),
  service: token<Service>('service'),
};
