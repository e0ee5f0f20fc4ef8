import type { OrderWatch } from '../application/orders/order-watch.js';
import type { Logger } from '../application/ports/logger.js';
import type { Readiness } from '../interfaces/http/health/readiness.js';
import type { HttpEndpoint } from './http-endpoint.js';
import type { LivePage } from './live-page.js';
import type { Replicas } from './replicas.js';
import { startWhenAvailable, type Startable } from './start-when-available.js';

export interface Dependency extends Startable {
  stop(): Promise<void>;
}

export interface ServiceParts {
  /** Not every consumer serves HTTP. */
  readonly http: HttpEndpoint | undefined;
  readonly messaging: Dependency;
  readonly store: Dependency;
  readonly replicas: Pick<Replicas, 'all'>;
  readonly readiness: Readiness;
  /** Whoever waits for an order. */
  readonly orderWatch: Pick<OrderWatch, 'close'>;
  readonly page: Pick<LivePage, 'begin' | 'end'>;
  readonly logger: Logger;
  /** How long requests and orders in flight may take when the service stops. */
  readonly workDeadlineMs: number;
}

/** The process as a whole: starts its parts in order, waits for what is unavailable, and stops them in order. */
export class Service {
  private stopping = false;

  constructor(private readonly parts: ServiceParts) {}

  /** Serves HTTP at once and reports itself unready until the rest is started. Returns the port, if it serves HTTP. */
  async listen(): Promise<number | undefined> {
    return this.parts.http?.listen();
  }

  /**
   * Returns whether all is ready: `false` when it was stopped before. Waits as long as a dependency is unavailable; rejects
   * for any other reason.
   */
  async start(): Promise<boolean> {
    const { messaging, store, replicas, page } = this.parts;
    page.begin();
    const dependencies = [this.started('the broker', messaging), this.started('the store', store)];
    if ((await Promise.all(dependencies)).includes(false)) return false;
    const isUnavailable = (error: unknown) => messaging.isUnavailable(error);
    const started = replicas.all.map((consumer) =>
      this.started(consumer.name, { start: () => consumer.start(), isUnavailable }),
    );
    return !(await Promise.all(started)).includes(false) && !this.stopping;
  }

  /** Finishes what is in flight, then closes everything. */
  async stop(): Promise<void> {
    this.stopping = true;
    const { http, messaging, store, replicas, readiness, orderWatch, page, workDeadlineMs } = this.parts;
    readiness.close();
    orderWatch.close();
    page.end();
    await Promise.all([
      http?.close(workDeadlineMs),
      ...replicas.all.map((consumer) => consumer.stop(workDeadlineMs)),
    ]);
    await Promise.all([messaging.stop(), store.stop()]);
  }

  private started(name: string, part: Startable): Promise<boolean> {
    const { logger } = this.parts;
    return startWhenAvailable(name, part, { logger, isStopping: () => this.stopping });
  }
}
