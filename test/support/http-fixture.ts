import { createHash } from 'node:crypto';
import { DiscardDeadLetters } from '../../src/application/dead-letters/discard-dead-letters.js';
import { OrderAttempts } from '../../src/application/live/order-attempts.js';
import { AwaitOrder } from '../../src/application/orders/await-order.js';
import { FindOrder } from '../../src/application/orders/find-order.js';
import { FollowOrder } from '../../src/application/orders/follow-order.js';
import { ImportOrders } from '../../src/application/orders/import-orders.js';
import { ListDeadLetters } from '../../src/application/dead-letters/list-dead-letters.js';
import type { DeadLetters } from '../../src/application/ports/dead-letters.js';
import type { IdGenerator } from '../../src/application/ports/id-generator.js';
import type {
  EncodedMessage,
  MessagePublisher,
  PublishedMessage,
} from '../../src/application/ports/message-publisher.js';
import type { OrderRepository } from '../../src/application/ports/order-repository.js';
import type { PendingOrders } from '../../src/application/ports/pending-orders.js';
import { RedriveDeadLetters } from '../../src/application/dead-letters/redrive-dead-letters.js';
import { OrderWatch } from '../../src/application/orders/order-watch.js';
import { SendOrder } from '../../src/application/orders/send-order.js';
import { InMemoryBroker } from '../../packages/delivery/src/in-memory/in-memory-broker.js';
import { systemTimers } from '../../packages/delivery/src/engine/timers.js';
import { InMemoryPublisher } from '../../packages/delivery/src/in-memory/in-memory-publisher.js';
import { DeliveryDeadLetters } from '../../src/infrastructure/delivery/delivery-dead-letters.js';
import { DeliveryMessagePublisher } from '../../src/infrastructure/delivery/delivery-message-publisher.js';
import { DeliveryPendingOrders } from '../../src/infrastructure/delivery/delivery-pending-orders.js';
import { InMemoryOrderRepository } from '../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { DeadLetterController } from '../../src/interfaces/http/dead-letters/dead-letter-controller.js';
import { HealthController } from '../../src/interfaces/http/health/health-controller.js';
import type { Access } from '../../src/interfaces/http/access/access-control.js';
import { createHttpApp, type HttpAppParts } from '../../src/interfaces/http/http-app.js';
import type { RecordPlace } from '../../packages/delivery/src/engine/messaging.js';
import { createHttpServer, type HttpServerLimits } from '../../src/interfaces/http/server/http-server.js';
import type { ControllerFactory } from '../../src/interfaces/http/server/ioc.js';
import type { ServerCertificate } from '../../src/interfaces/http/server/tls-server.js';
import { MetricsController } from '../../src/interfaces/http/metrics/metrics-controller.js';
import { OrderController } from '../../src/interfaces/http/orders/order-controller.js';
import { OrderStatusController } from '../../src/interfaces/http/orders/order-status-controller.js';
import { Readiness, type CheckedDependency } from '../../src/interfaces/http/health/readiness.js';
import { NOW } from './a-dead-letter.js';
import { InMemoryDeadLetterStore } from '../../packages/delivery/src/in-memory/in-memory-dead-letter-store.js';
import { HttpClient, type Exchange } from './http-client.js';
import { RecordingLogger, type LogLine } from '../../packages/delivery/test/support/recording-logger.js';

export interface ApiParts {
  publisher?: MessagePublisher;
  orders?: OrderRepository;
  pendingOrders?: PendingOrders;
  deadLetters?: DeadLetters;
  checks?: CheckedDependency[];
  now?: () => Date;
  serves?: 'api' | 'health';
  access?: Access;
  metrics?: HttpAppParts['metrics'];
  operations?: boolean;
  scrape?: () => Promise<string>;
  limits?: Partial<HttpServerLimits>;
  /** Of each client. */
  clientLimits?: HttpAppParts['limits'];
  trustedProxies?: number;
  exchanges?: Exchange[];
  importedInFlight?: number;
  maxWaiting?: number;
  maxFollowed?: number;
  attempts?: Pick<OrderAttempts, 'listen'>;
  port?: number;
  /** With it HTTPS is served. */
  certificate?: ServerCertificate;
}

export interface Api {
  readonly url: string;
  readonly client: HttpClient;
  /** Above debug. */
  readonly logLines: readonly LogLine[];
  readonly readiness: Readiness;
  readonly orderWatch: OrderWatch;
  close(deadlineMs?: number): Promise<void>;
}

/** The HTTP adapter on a port of its own, on the ports given. */
export async function startApi(parts: ApiParts = {}): Promise<Api> {
  const {
    publisher = new KeepingPublisher(),
    orders = new InMemoryOrderRepository(),
    deadLetters = new DeliveryDeadLetters(new InMemoryDeadLetterStore()),
    checks = [],
    now = () => NOW,
    serves = 'api',
    access = {},
    metrics = true,
    operations = true,
    scrape = () => Promise.resolve('a_metric 1\n'),
    limits,
    pendingOrders = publisher instanceof KeepingPublisher
      ? publisher.pendingOrders
      : new KeepingPublisher().pendingOrders,
    importedInFlight = 100,
    maxWaiting = 100,
    maxFollowed = 100,
    attempts = new OrderAttempts({ follow: () => () => undefined }),
    port = 0,
    certificate,
    clientLimits,
    trustedProxies = 0,
  } = parts;
  const logger = new RecordingLogger();
  const readiness = new Readiness(() => checks);
  const ids = new CountingIds();
  const clock = { now };
  const sendOrder = new SendOrder(publisher, ids, clock);
  const findOrder = new FindOrder(orders, pendingOrders);
  const orderWatch = new OrderWatch(orders, systemTimers);
  const awaitOrder = new AwaitOrder(findOrder, orderWatch, maxWaiting);
  const wallClock = { now: () => new Date() };
  const followOrder = new FollowOrder(findOrder, orderWatch, wallClock, attempts, maxFollowed);
  const controllers = createFactory(
    () => new OrderController(sendOrder, new ImportOrders(sendOrder, importedInFlight), ids, logger),
    () => new OrderStatusController(findOrder, awaitOrder, followOrder, logger),
    () =>
      new DeadLetterController(
        new ListDeadLetters(deadLetters),
        new RedriveDeadLetters(deadLetters, publisher, logger),
        new DiscardDeadLetters(deadLetters, logger),
        'app.order.publish',
        clock,
      ),
    () => new HealthController(readiness),
    () => new MetricsController({ scrape }),
  );
  const app = createHttpApp({
    page: true,
    controllers,
    ids,
    logger,
    serves,
    operations,
    access,
    metrics,
    isSecure: certificate !== undefined,
    ...{ limits: clientLimits, trustedProxies },
  });
  const server = createHttpServer(app, ids, limits, certificate);
  const url = `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${await server.listen(port, '127.0.0.1')}`;
  const client = new HttpClient(url, parts.exchanges);
  return {
    url,
    client,
    get logLines() {
      return logger.shown;
    },
    readiness,
    orderWatch,
    close: (deadlineMs = 1_000) => server.close(deadlineMs),
  };
}

function createFactory(...makers: (() => object)[]): ControllerFactory {
  return {
    get: <T>(controller: new (...args: never[]) => T): T => {
      const made = makers.map((make) => make()).find((candidate) => candidate instanceof controller);
      return made as T;
    },
  };
}

/** The in-memory publisher on a topic of one partition, and what was published through it. */
export class KeepingPublisher extends DeliveryMessagePublisher {
  readonly messages: EncodedMessage[] = [];
  /** No replica completes any of them. */
  readonly pendingOrders: PendingOrders;

  constructor(topic = 'app.order.publish') {
    const broker = new InMemoryBroker();
    broker.createTopic(topic, 1);
    const publisher = new InMemoryPublisher(broker, topic, 1_000_000);
    publisher.start();
    super(publisher);
    const messaging = {
      find: async (groupId: string, place: RecordPlace) => broker.find(groupId, topic, place),
    };
    this.pendingOrders = new DeliveryPendingOrders(messaging, 'a-group');
  }

  override publish(message: EncodedMessage): Promise<PublishedMessage> {
    this.messages.push(message);
    return super.publish(message);
  }
}

class CountingIds implements IdGenerator {
  #last = 0;

  next(): string {
    this.#last += 1;
    return `id-${this.#last}`;
  }

  derivedFrom(key: string): string {
    return createHash('sha256').update(key).digest('hex').slice(0, 32);
  }
}
