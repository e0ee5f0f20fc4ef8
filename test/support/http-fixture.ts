import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { FindOrder } from '../../src/application/find-order.js';
import type { IdGenerator } from '../../src/application/ports/id-generator.js';
import type { LogFields, Logger } from '../../src/application/ports/logger.js';
import type { EncodedMessage, MessagePublisher } from '../../src/application/ports/message-publisher.js';
import type { CarriedOutOrder, OrderRepository } from '../../src/application/ports/order-repository.js';
import { SendOrder } from '../../src/application/send-order.js';
import type { OrderId } from '../../src/domain/order/order-id.js';
import { HealthController } from '../../src/interfaces/http/health-controller.js';
import { createHttpApp } from '../../src/interfaces/http/http-app.js';
import { createHttpServer, type HttpServerTimeouts } from '../../src/interfaces/http/http-server.js';
import type { ControllerFactory } from '../../src/interfaces/http/ioc.js';
import { OrderController } from '../../src/interfaces/http/order-controller.js';
import { Readiness, type CheckedDependency } from '../../src/interfaces/http/readiness.js';
import { HttpClient, type Exchange } from './http-client.js';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export interface ApiParts {
  publisher?: MessagePublisher;
  orders?: OrderRepository;
  checks?: CheckedDependency[];
  serves?: 'api' | 'health';
  timeouts?: Partial<HttpServerTimeouts>;
  exchanges?: Exchange[];
}

export interface Api {
  readonly url: string;
  readonly client: HttpClient;
  readonly logLines: readonly LogLine[];
  readonly readiness: Readiness;
  close(deadlineMs?: number): Promise<void>;
}

/** The HTTP adapter on a port of its own, on the ports given. */
export async function startApi(parts: ApiParts = {}): Promise<Api> {
  const { publisher = new KeepingPublisher(), orders = new KeepingOrders(), checks = [], timeouts } = parts;
  const logger = new RecordingLogger();
  const readiness = new Readiness(checks);
  const ids = new CountingIds();
  const sendOrder = new SendOrder(publisher, ids, { now: () => new Date('2025-01-15T10:30:00.000Z') });
  const controllers = factoryOf(
    () => new OrderController(sendOrder, new FindOrder(orders), logger),
    () => new HealthController(readiness),
  );
  const app = createHttpApp({ controllers, ids, logger, serves: parts.serves ?? 'api' });
  const server = createHttpServer(app, ids, timeouts);
  const url = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
  const client = new HttpClient(url, parts.exchanges);
  return {
    url,
    client,
    logLines: logger.lines,
    readiness,
    close: (deadlineMs = 1_000) => server.close(deadlineMs),
  };
}

function factoryOf(...makers: (() => object)[]): ControllerFactory {
  return {
    get: <T>(controller: new (...args: never[]) => T): T => {
      const made = makers.map((make) => make()).find((candidate) => candidate instanceof controller);
      return made as T;
    },
  };
}

export class KeepingPublisher implements MessagePublisher {
  readonly messages: EncodedMessage[] = [];

  publish(message: EncodedMessage) {
    const offset = String(this.messages.push(message) - 1);
    return Promise.resolve({ topic: 'app.order.publish', partition: 0, offset });
  }
}

export class KeepingOrders implements OrderRepository {
  readonly #kept = new Map<string, CarriedOutOrder>();

  find(orderId: OrderId) {
    return Promise.resolve(this.#kept.get(orderId));
  }

  save(carriedOut: CarriedOutOrder) {
    this.#kept.set(carriedOut.order.id, carriedOut);
    return Promise.resolve('saved' as const);
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

class RecordingLogger implements Logger {
  readonly lines: LogLine[] = [];
  readonly #scope = new AsyncLocalStorage<LogFields>();

  debug(message: string, fields?: LogFields) {
    this.#add('debug', message, fields);
  }
  info(message: string, fields?: LogFields) {
    this.#add('info', message, fields);
  }
  warn(message: string, fields?: LogFields) {
    this.#add('warn', message, fields);
  }
  error(message: string, fields?: LogFields) {
    this.#add('error', message, fields);
  }
  with(): Logger {
    return this;
  }
  scope<T>(fields: LogFields, work: () => T): T {
    return this.#scope.run({ ...this.#scope.getStore(), ...fields }, work);
  }

  #add(level: string, message: string, fields: LogFields = {}) {
    this.lines.push({ level, message, fields: { ...this.#scope.getStore(), ...fields } });
  }
}
