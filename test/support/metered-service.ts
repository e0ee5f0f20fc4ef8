import type { Container } from 'inversify';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import { createContainer } from '../../src/bootstrap/container.js';
import { startTelemetry } from '../../src/bootstrap/start-telemetry.js';
import { TOKENS } from '../../src/bootstrap/tokens.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import { HttpClient, type HttpResponse } from './http-client.js';
import { Scrape } from './scrape.js';

/** The service in this process, with its metrics. */
export class MeteredService {
  private sent = 0;

  private constructor(
    readonly client: HttpClient,
    readonly container: Container,
    readonly logger: RecordingLogger,
    readonly stop: () => Promise<void>,
    /** Resolves when it is ready, or was stopped before. */
    readonly started: Promise<unknown>,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<MeteredService> {
    const service = await MeteredService.launch(environment);
    await service.started;
    return service;
  }

  /** It listens; what it depends on may be unavailable. */
  static async launch(environment: Readonly<Record<string, string>> = {}): Promise<MeteredService> {
    const logger = new RecordingLogger();
    const given = { PORT: '0', FULFILMENT_DELAY_MS: '0', REPLICA_ID: 'here', ...environment };
    const config = loadConfig(given);
    const telemetry = await startTelemetry(config, logger);
    const fail = (error: Error) => {
      throw error;
    };
    const container = createContainer(config, logger, fail, telemetry);
    const service = container.get(TOKENS.service);
    const port = await service.listen();
    const client = new HttpClient(`http://127.0.0.1:${port}`);
    let stopped: Promise<void> | undefined;
    const stop = () => (stopped ??= service.stop().then(() => telemetry.stop()));
    return new MeteredService(client, container, logger, stop, service.start());
  }

  send(product = 'Espresso machine', orderId = `order-${++this.sent}`): Promise<HttpResponse> {
    return this.client.post('/api/Order/Send', { orderId, product });
  }

  async scrape(): Promise<Scrape> {
    const { status, text } = await this.client.get('/metrics');
    if (status !== 200) throw new Error(`GET /metrics returned ${status} ${text}`);
    return new Scrape(text);
  }

  /** Waits until a metric has this value, or more of it. */
  async reaches(name: string, labels: Readonly<Record<string, string>>, least: number): Promise<Scrape> {
    return waitFor(
      `${name}${JSON.stringify(labels)} of ${least}`,
      async () => {
        const scrape = await this.scrape();
        return (scrape.value(name, labels) ?? -1) >= least && scrape;
      },
      { deadlineMs: 30_000 },
    );
  }
}
