import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Container } from 'inversify';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import { createContainer } from '../../src/bootstrap/container.js';
import type { Service } from '../../src/bootstrap/service.js';
import { TOKENS } from '../../src/bootstrap/tokens.js';
import { FulfilmentServer } from '../support/fulfilment-server.js';
import { HttpClient } from '../support/http-client.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

const KAFKA = { MESSAGING: 'kafka', KAFKA_BROKERS: '127.0.0.1:1', ALLOW_VOLATILE_STORE: 'true' };

let stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
});

/** A service on ports of its own that has not begun to listen. It is stopped at the end of the test. */
function newService(environment: Record<string, string> = {}) {
  const logger = new RecordingLogger();
  const config = loadConfig({ PORT: '0', FULFILMENT_DELAY_MS: '0', REPLICA_ID: 'here', ...environment });
  const container = createContainer(config, logger, (error) => {
    throw error;
  });
  const service = container.get(TOKENS.service);
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= service.stop());
  stops.push(stop);
  return { service, container, logger, stop };
}

async function listening(service: Service): Promise<HttpClient> {
  const port = await service.listen();
  return new HttpClient(`http://127.0.0.1:${port}`);
}

async function started(environment: Record<string, string> = {}) {
  const made = newService(environment);
  const client = await listening(made.service);
  await made.service.start();
  return { ...made, client };
}

const readinessOf = async (container: Container) => (await container.get(TOKENS.readiness).report()).status;
const send = (client: HttpClient, orderId = 'order-1') =>
  client.post('/api/Order/Send', { orderId, product: 'Espresso machine' });

describe('a service in one process', () => {
  it('accepts an order and processes it', async () => {
    const { client } = await started();
    expect((await send(client)).status).toBe(202);

    const found = await waitFor('the order', async () => {
      const response = await client.get('/api/Order/order-1');
      return response.status === 200 && response.json;
    });
    expect(found).toMatchObject({ orderId: 'order-1', status: 'processed' });
  });

  it('listens at once, and is ready when it is started', async () => {
    const { service } = newService();
    const client = await listening(service);
    expect((await client.get('/health/ready')).status).toBe(503);

    await service.start();
    await waitFor('ready', async () => (await client.get('/health/ready')).status === 200);
  });

  it('finishes what is in flight when it is stopped, and starts nothing more', async () => {
    const { client, container, logger, stop } = await started({
      FULFILMENT_DELAY_MS: '300',
      KAFKA_PARTITIONS: '1',
      REPLICAS: '1',
      CONSUMER_CONCURRENCY: '1',
    });
    for (const orderId of ['first', 'second']) await send(client, orderId);
    await stop();

    expect(logger.lines.filter(({ message }) => message === 'order processed')).toMatchObject([
      { fields: { orderId: 'first' } },
    ]);
    expect(await readinessOf(container)).toBe('down');
  });

  it('stops within its time, though an order takes longer', async () => {
    const { client, logger, stop } = await started({
      FULFILMENT_DELAY_MS: '4000',
      SHUTDOWN_MS: '15000',
      REPLICAS: '1',
    });
    await send(client);
    await client.get('/health/live'); // a turn of the event loop later the replica has it
    const startedAt = performance.now();
    await stop();

    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(logger.lines.filter(({ message }) => message === 'order processed')).toEqual([]);
  });

  it('is not ready from the moment that it begins to stop', async () => {
    const { client, container, stop } = await started({ FULFILMENT_DELAY_MS: '300' });
    await send(client);
    const stopped = stop();

    expect(await readinessOf(container)).toBe('down');
    await stopped;
  });

  it('can be stopped before it was started', async () => {
    const { stop } = newService();

    await expect(stop()).resolves.toBeUndefined();
  });
});

describe('a service whose broker', () => {
  const lines = ({ lines: all }: RecordingLogger) =>
    all.filter(({ message }) => message.includes('not ready'));

  it('is unavailable at the start waits for it, and says so', async () => {
    const { service, container, logger } = newService();
    const messaging = container.get(TOKENS.messaging);
    jest.spyOn(messaging, 'isUnavailable').mockReturnValue(true);
    jest.spyOn(messaging, 'start').mockRejectedValueOnce(new Error('connection refused'));
    const client = await listening(service);
    await service.start();

    expect((await client.get('/health/ready')).status).toBe(200);
    expect(lines(logger)).toEqual([
      {
        level: 'warn',
        message: 'the broker is not ready, retrying',
        fields: { reason: 'connection refused' },
      },
    ]);
  });

  it('stays unavailable can be stopped', async () => {
    const { service, container, logger, stop } = newService();
    const messaging = container.get(TOKENS.messaging);
    jest.spyOn(messaging, 'isUnavailable').mockReturnValue(true);
    jest.spyOn(messaging, 'start').mockRejectedValue(new Error('connection refused'));
    const starting = service.start();
    await waitFor('the first attempt', () => lines(logger).length > 0);
    await stop();

    expect(await starting).toBe(false);
  });

  it('becomes available when the service is already being stopped does not make it ready', async () => {
    const { service, container, stop } = newService();
    let becomeAvailable = (): void => undefined;
    jest
      .spyOn(container.get(TOKENS.messaging), 'start')
      .mockReturnValue(new Promise((resolve) => (becomeAvailable = resolve)));
    const starting = service.start();
    const stopped = stop();
    becomeAvailable();
    await stopped;

    expect(await starting).toBe(false);
  });

  it('refuses connections is named with the reason', async () => {
    const { service } = newService(KAFKA);
    const client = await listening(service);
    const { json } = await client.get('/health/ready');

    const { checks } = json as { checks: { name: string; detail: string }[] };
    expect(checks.find(({ name }) => name === 'broker')?.detail).toBe('connect ECONNREFUSED 127.0.0.1:1');
  });

  it('can’t be used does not start', async () => {
    const { service, container } = newService();
    const messaging = container.get(TOKENS.messaging);
    jest.spyOn(messaging, 'start').mockRejectedValue(new Error('too few partitions'));

    await expect(service.start()).rejects.toThrow('too few partitions');
  });
});

describe('what operators use', () => {
  it.each([
    ['is served where all is in one process', {}, 200],
    ['is not served when it is off', { OPERATIONS_API: 'off' }, 404],
    ['is not served on Kafka', KAFKA, 404],
  ])('%s', async (_what, environment, status) => {
    const client = await listening(newService(environment).service);

    expect((await fetch(`${client.url}/api/DeadLetter`)).status).toBe(status);
  });
});

describe('a consumer alone', () => {
  it('listens nowhere', async () => {
    expect(await newService({ ...KAFKA, ROLE: 'consumer' }).service.listen()).toBeUndefined();
  });

  it('serves its health, and nothing else, where it is told to', async () => {
    const { service } = newService({ ...KAFKA, ROLE: 'consumer', HEALTH_PORT: '0' });
    const { url } = await listening(service);

    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/api/Order/Send`, { method: 'POST' })).status).toBe(404);
  });
});

describe('a service whose fulfilment', () => {
  let fulfilment: FulfilmentServer;
  beforeEach(async () => {
    fulfilment = await FulfilmentServer.start({ min: 0, max: 0 });
  });
  afterEach(() => fulfilment.stop());

  const health = async (client: HttpClient) => {
    const { status, json } = await client.get('/health/ready');
    const { status: word, checks } = json as { status: string; checks: { detail?: string }[] };
    return { status, word, details: checks.map(({ detail = '' }) => detail) };
  };

  it('fails five orders goes on accepting, degraded, and the next good order ends that', async () => {
    const { client, logger } = await started({ FULFILMENT_URL: fulfilment.url, REPLICAS: '1' });
    for (let number = 1; number <= 5; number++) {
      await client.post('/api/Order/Send', { orderId: `bad-${number}`, product: 'fail' });
    }
    const degraded = await waitFor('degraded', async () => {
      const report = await health(client);
      return report.word === 'degraded' && report;
    });
    expect(degraded.status).toBe(200);
    expect(degraded.details).toContain('circuit breaker open: fulfilment responded 500');

    expect((await send(client, 'good')).status).toBe(202);
    await waitFor('the good order', async () => (await client.get('/api/Order/good')).status === 200);
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ message: 'circuit breaker closed: the dependency is available again' }),
    );
  });

  it('can’t be reached is degraded, and says what to look at', async () => {
    const { client } = await started({ FULFILMENT_URL: 'http://127.0.0.1:1/orders', REPLICAS: '1' });
    await send(client);
    const degraded = await waitFor('degraded', async () => {
      const report = await health(client);
      return report.word === 'degraded' && report;
    });
    expect(degraded.status).toBe(200);
    expect(degraded.details).toContain(
      "circuit breaker open: fulfilment can't be reached: connect ECONNREFUSED 127.0.0.1:1",
    );
  });
});

describe('what a consumer says of itself', () => {
  it.each([
    ['makes a process down that only consumes', { ...KAFKA, ROLE: 'consumer' }, true],
    ['degrades one that accepts orders too', KAFKA, false],
    ['degrades one that has all in it', {}, false],
  ])('%s', async (_what, environment, required) => {
    const { container } = newService(environment);
    const { checks } = await container.get(TOKENS.readiness).report();
    const ofConsumers = checks.filter(({ name }) => name.startsWith('consumer'));

    expect(ofConsumers.length).toBeGreaterThan(0);
    for (const check of ofConsumers) {
      expect(check).toMatchObject({ status: 'down', required, detail: 'not a member of the group' });
    }
  });
});
