import type { Container } from 'inversify';
import { createHttpApp } from '../interfaces/http/server/http-app.js';
import { createHttpServer, type HttpServer } from '../interfaces/http/server/http-server.js';
import { servesOperations } from './config/config.js';
import { CLOSING_MS } from './config/limits.js';
import { patiently, startWhenAvailable } from './start-when-available.js';
import { TOKENS, type Lifecycle } from './tokens.js';

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

  /** Returns whether all is ready: `false` when it was stopped before. Waits as long as a dependency is unavailable; rejects for any other reason. */
  async start(): Promise<boolean> {
    const messaging = this.container.get(TOKENS.messaging);
    const store = this.container.get(TOKENS.store);
    const isThere = await Promise.all([
      this.started('the broker', messaging),
      this.started('the store', store),
    ]);
    if (isThere.includes(false)) return false;
    const consumers = this.container.get(TOKENS.consumers);
    const joined = await Promise.all(
      consumers.map((consumer) =>
        this.started(consumer.name, { ...messaging, start: () => consumer.start() }),
      ),
    );
    return !joined.includes(false) && !this.stopping;
  }

  /** Finishes what is in hand and lets go of everything. */
  async stop(): Promise<void> {
    this.stopping = true;
    const workDeadlineMs = this.container.get(TOKENS.config).SHUTDOWN_MS - CLOSING_MS;
    this.container.get(TOKENS.readiness).close();
    await Promise.all([
      this.http?.close(workDeadlineMs),
      ...this.container.get(TOKENS.consumers).map((consumer) => consumer.stop(workDeadlineMs)),
    ]);
    await Promise.all([this.container.get(TOKENS.messaging).stop(), this.container.get(TOKENS.store).stop()]);
  }

  private started(name: string, part: Pick<Lifecycle, 'start' | 'isUnavailable'>): Promise<boolean> {
    const logger = this.container.get(TOKENS.logger);
    return startWhenAvailable(name, part, { logger, isStopping: () => this.stopping, ...patiently });
  }
}
