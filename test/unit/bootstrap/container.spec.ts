import type { GroupMember, Membership } from '../../../packages/delivery/src/engine/record-source.js';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Socket } from 'node:net';
import { inspect } from 'node:util';
import { loadConfig } from '../../../src/bootstrap/config/load-config.js';
import { createContainer } from '../../../src/bootstrap/container.js';
import { TOKENS } from '../../../src/bootstrap/tokens.js';
import { InMemoryMessaging } from '../../../packages/delivery/src/in-memory/in-memory-messaging.js';
import { KafkaMessaging } from '../../../packages/delivery/src/kafka/kafka-messaging.js';
import { InMemoryOrderRepository } from '../../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { PostgresCheck } from '../../../src/infrastructure/postgres/postgres-check.js';
import { PostgresOrderRepository } from '../../../src/infrastructure/postgres/postgres-order-repository.js';
import { DeadLetterController } from '../../../src/interfaces/http/dead-letters/dead-letter-controller.js';
import { HealthController } from '../../../src/interfaces/http/health/health-controller.js';
import { OrderController } from '../../../src/interfaces/http/orders/order-controller.js';
import { silentLogger } from '../../../packages/delivery/src/contract/silent-logger.js';

/** Only these tests connect to it; the process may have other clients. */
const HOST = '127.0.0.7';
const KAFKA = { MESSAGING: 'kafka', KAFKA_BROKERS: `${HOST}:1`, ALLOW_VOLATILE_STORE: 'true' };
const POSTGRES = { STORE: 'postgres', DATABASE_URL: `postgres://${HOST}:1/orders` };

const containerOf = (
  environment: Record<string, string> = {},
  onFatal: (error: Error) => void = () => undefined,
) => createContainer(loadConfig({ REPLICA_ID: 'host', ...environment }), silentLogger, onFatal);

const connect = jest.spyOn(Socket.prototype, 'connect');
afterEach(() => {
  connect.mockClear();
});

for (const check of [KafkaMessaging, PostgresCheck]) {
  jest.spyOn(check.prototype, 'check').mockResolvedValue({ status: 'down' });
}

describe('the container', () => {
  it.each([
    ['all in memory', {}],
    ['messages in memory, orders in PostgreSQL', POSTGRES],
    ['all on Kafka, orders in memory', KAFKA],
    ['all on Kafka and PostgreSQL', { ...KAFKA, ...POSTGRES }],
    ['an API on Kafka and PostgreSQL', { ...KAFKA, ...POSTGRES, ROLE: 'api' }],
    ['a consumer on Kafka, orders in memory', { ...KAFKA, ROLE: 'consumer' }],
    ['a consumer on Kafka and PostgreSQL', { ...KAFKA, ...POSTGRES, ROLE: 'consumer' }],
  ])('has everything for %s, and connects to nothing yet', async (_what, environment) => {
    const container = containerOf(environment);
    const resolved = [...Object.values(TOKENS), OrderController, DeadLetterController, HealthController].map(
      (token) => container.get<unknown>(token),
    );
    await new Promise(setImmediate);

    expect(resolved).not.toContain(undefined);
    expect(inspect(connect.mock.calls, { depth: 5 })).not.toContain(HOST);
  });

  it.each([
    ['in memory', {}, InMemoryMessaging, InMemoryOrderRepository],
    ['on servers', { ...KAFKA, ...POSTGRES }, KafkaMessaging, PostgresOrderRepository],
  ])('has the adapters %s', (_where, environment, messaging, orders) => {
    const container = containerOf(environment);

    expect(container.get(TOKENS.messaging)).toBeInstanceOf(messaging);
    expect(container.get(TOKENS.orders)).toBeInstanceOf(orders);
  });

  it.each([OrderController, DeadLetterController, HealthController])(
    'makes a new %p for each request',
    (controller) => {
      const container = containerOf();

      expect(container.get<object>(controller)).not.toBe(container.get<object>(controller));
    },
  );

  it('has one of everything else', () => {
    const container = containerOf();

    for (const token of Object.values(TOKENS)) {
      expect(container.get<unknown>(token)).toBe(container.get<unknown>(token));
    }
  });
});

describe('the consumers of a process', () => {
  it.each([
    [
      'five that are numbered, where all is in one process',
      {},
      ['host-1', 'host-2', 'host-3', 'host-4', 'host-5'],
    ],
    ['as many as asked for', { REPLICAS: '2' }, ['host-1', 'host-2']],
    ['one with the name of the process', { REPLICAS: '1' }, ['host']],
    ['none in an API', { ...KAFKA, ...POSTGRES, ROLE: 'api' }, []],
  ])('are %s', (_what, environment, replicas) => {
    const { all } = containerOf(environment).get(TOKENS.replicas);

    expect(all.map(({ name }) => name)).toEqual(replicas.map((replica) => `consumer ${replica}`));
  });

  it('tell the process when one of them fails for good', () => {
    const onFatal = jest.fn();
    const error = new Error('a bug');
    const container = containerOf({ REPLICAS: '1' }, onFatal);
    let member: GroupMember | undefined;
    container.unbind(TOKENS.recordSource);
    container.bind(TOKENS.recordSource).toConstantValue({
      membership: (of: GroupMember) => {
        member = of;
        return {} as Membership;
      },
    });
    container.get(TOKENS.replicas);
    member?.failed(error);

    expect(onFatal).toHaveBeenCalledWith(error);
  });
});

describe('readiness', () => {
  const FIVE = [1, 2, 3, 4, 5].map((number) => `host-${number}`);

  it.each([
    ['of an API needs the broker, but not the store', 'api', { broker: true, store: false, access: false }],
    [
      'of a consumer needs both, and its membership',
      'consumer',
      { broker: true, store: true, 'consumer host': true, access: false },
    ],
    [
      'of all in one process needs both, and accepts whatever its consumers say',
      'all',
      {
        ...{ broker: true, store: true, access: false },
        ...Object.fromEntries(FIVE.map((name) => [`consumer ${name}`, false])),
      },
    ],
  ])('%s', async (_what, ROLE, required) => {
    const container = containerOf({ ...KAFKA, ...POSTGRES, ROLE });
    const { checks } = await container.get(TOKENS.readiness).report();

    expect(Object.fromEntries(checks.map((check) => [check.name, check.required]))).toEqual(required);
  });
});
