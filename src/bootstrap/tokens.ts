import type { Messaging, RecordHandler, RecordSource } from '@order-service/delivery';
import type { ServiceIdentifier } from 'inversify';
import type { DiscardDeadLetters } from '../application/dead-letters/discard-dead-letters.js';
import type { OrderAttempts } from '../application/live/order-attempts.js';
import type { AwaitOrder } from '../application/orders/await-order.js';
import type { FindOrder } from '../application/orders/find-order.js';
import type { FollowOrder } from '../application/orders/follow-order.js';
import type { ImportOrders } from '../application/orders/import-orders.js';
import type { ListDeadLetters } from '../application/dead-letters/list-dead-letters.js';
import type { OrderWatch } from '../application/orders/order-watch.js';
import type { ParkOrder } from '../application/orders/park-order.js';
import type { Clock } from '../application/ports/clock.js';
import type { DeadLetterReason, DeadLetters } from '../application/ports/dead-letters.js';
import type { DependencyCheck } from '../application/ports/dependency-check.js';
import type { Fulfilment } from '../application/ports/fulfilment.js';
import type { IdGenerator } from '../application/ports/id-generator.js';
import type { Logger } from '../application/ports/logger.js';
import type { MessagePublisher } from '../application/ports/message-publisher.js';
import type { OrderRepository } from '../application/ports/order-repository.js';
import type { PendingOrders } from '../application/ports/pending-orders.js';
import type { ProcessOrder } from '../application/orders/process-order.js';
import type { RedriveDeadLetters } from '../application/dead-letters/redrive-dead-letters.js';
import type { SendOrder } from '../application/orders/send-order.js';
import type { Post } from '../infrastructure/fulfilment/http-post.js';
import type { ReplicaWatch } from '../interfaces/messaging/order-message-handler.js';
import type { ReplicaReporter } from '../interfaces/messaging/replica-reporter.js';
import type { Access } from '../interfaces/http/access/access-control.js';
import type { BeginRequest } from '../interfaces/http/server/request-trace.js';
import type { Readiness } from '../interfaces/http/health/readiness.js';
import type { ResponseListener } from '../interfaces/http/server/response-listener.js';
import type { LivePage } from './live-page.js';
import type { Replicas } from './replicas.js';
import type { Dependency, Service } from './service.js';

export type OrderHandler = RecordHandler<DeadLetterReason>;

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
  post: token<Post>('post'),

  messaging: token<Messaging<DeadLetterReason>>('messaging'),
  publisher: token<MessagePublisher>('publisher'),
  deadLetters: token<DeadLetters>('deadLetters'),
  pendingOrders: token<PendingOrders>('pendingOrders'),
  recordSource: token<RecordSource>('recordSource'),
  /** What measures a replica, where metrics are on. */
  watchReplica: token<(replica: string) => ReplicaWatch | undefined>('watchReplica'),

  /** What reports of a replica, where the page is on. */
  newReporter: token<(replica: string) => ReplicaReporter | undefined>('newReporter'),
  page: token<Pick<LivePage, 'begin' | 'end'>>('page'),

  orders: token<OrderRepository>('orders'),
  store: token<Store>('store'),

  sendOrder: token<SendOrder>('sendOrder'),
  importOrders: token<ImportOrders>('importOrders'),
  processOrder: token<Pick<ProcessOrder, 'execute'>>('processOrder'),
  parkOrder: token<ParkOrder>('parkOrder'),
  findOrder: token<FindOrder>('findOrder'),
  orderWatch: token<OrderWatch>('orderWatch'),
  awaitOrder: token<AwaitOrder>('awaitOrder'),
  followOrder: token<FollowOrder>('followOrder'),
  orderAttempts: token<Pick<OrderAttempts, 'listen'>>('orderAttempts'),
  listDeadLetters: token<ListDeadLetters>('listDeadLetters'),
  redriveDeadLetters: token<RedriveDeadLetters>('redriveDeadLetters'),
  discardDeadLetters: token<DiscardDeadLetters>('discardDeadLetters'),

  /** `onResponse` is told of each HTTP request that has ended, if anybody wants to know. */
  httpWatch: token<{ readonly onResponse: ResponseListener | undefined }>('httpWatch'),
  /** Puts a span around each attempt of a replica, where traces are on. */
  traceHandler: token<(handler: OrderHandler, replica: string) => OrderHandler>('traceHandler'),
  /** `begin` begins the span of a request, where traces are on. */
  httpTrace: token<{ readonly begin: BeginRequest | undefined }>('httpTrace'),
  replicas: token<Replicas>('replicas'),
  /** Who may use the HTTP API. */
  access: token<Access>('access'),
  accessCheck: token<DependencyCheck>('accessCheck'),
  readiness: token<Readiness>('readiness'),
  service: token<Service>('service'),
};
