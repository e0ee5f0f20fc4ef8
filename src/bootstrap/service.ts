import { setTimeout as delay } from 'node:timers/promises';
import type { Container } from 'inversify';
import { createHttpApp } from '../interfaces/http/http-app.js';
import { createHttpServer, type HttpServer } from '../interfaces/http/http-server.js';
import { servesOperations } from './config.js';
import { TOKENS, type Lifecycle } from './tokens.js';

const RETRY_MS = 1_000;

/** The process as a whole: starts its parts in order, waits for what is away, and stops them in order. */
export class Service {
  private http: HttpServer | undefined;
  private stopping = false;

  constructor(private readonly container: Container) {}

  /** Serves HTTP at once and reports itself unready until the rest is there. Answers the port, if it serves HTTP. */
  async listen(): Promise<number | undefined> {
    const config = this.container.get(TOKENS.config);
    const { ROLE, HOST, PORT, HEALTH_PORT } = config;
    const port = ROLE === 'consumer' ? HEALTH_PORT : PORT;
    if (port === undefined) return undefined;
    const ids = this.container.get(TOKENS.ids);
    const app = createHttpApp({
      controllers: this.container,
      ids,
      logger: this.container.get(TOKENS.logger),
      serves: ROLE === 'consumer' ? 'health' : 'api',
      operations: servesOperations(config),
    });
    this.http = createHttpServer(app, ids);
    try {
      return await this.http.listen(port, HOST);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
      const variable = ROLE === 'consumer' ? 'HEALTH_PORT' : 'PORT';
      throw new Error(`${HOST}:${port} is in use: set ${variable} to another port`, { cause });
    }
  }

  /** Resolves when all is ready; waits as long as a dependency is away. Rejects for any other reason. */
  async start(): Promise<void> {
    const messaging = this.container.get(TOKENS.messaging);
    const store = this.container.get(TOKENS.store);
    await Promise.all([this.ready('the broker', messaging), this.ready('the store', store)]);
    const consumers = this.container.get(TOKENS.consumers);
    await Promise.all(
      consumers.map((consumer) => this.ready(consumer.name, { ...messaging, start: () => consumer.start() })),
    );
  }

  /** Finishes what is in hand and lets go of everything. */
  async stop(): Promise<void> {
    this.stopping = true;
    const workDeadlineMs = this.container.get(TOKENS.config).SHUTDOWN_MS * 0.6;
    this.container.get(TOKENS.readiness).close();
    await Promise.all([
      this.http?.close(workDeadlineMs),
      ...this.container.get(TOKENS.consumers).map((consumer) => consumer.stop(workDeadlineMs)),
    ]);
    await this.container.get(TOKENS.messaging).stop();
    await this.container.get(TOKENS.store).stop();
  }

  private async ready(name: string, part: Pick<Lifecycle, 'start' | 'isAway'>): Promise<void> {
    while (!this.stopping) {
      try {
        await part.start();
        return;
      } catch (error) {
        if (!part.isAway(error)) throw error;
        const reason = error instanceof Error ? error.message || error.name : String(error);
        this.container.get(TOKENS.logger).warn(`${name} is not ready, trying again`, { reason });
        await delay(RETRY_MS);
      }
    }
  }
}
