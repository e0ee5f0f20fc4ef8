import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { silentLogger } from '../../../packages/delivery/src/contract/silent-logger.js';

const INFRASTRUCTURE = '../../../src/infrastructure';
/** What the modules build of adapters and clients, and where it is imported from. */
const BUILT = {
  KafkaMessaging: '@order-service/delivery/kafka',
  InMemoryMessaging: '@order-service/delivery/in-memory',
  createPostgresPool: `${INFRASTRUCTURE}/postgres/postgres-pool.js`,
  PostgresOrderRepository: `${INFRASTRUCTURE}/postgres/postgres-order-repository.js`,
  PostgresCheck: `${INFRASTRUCTURE}/postgres/postgres-check.js`,
  InMemoryOrderRepository: `${INFRASTRUCTURE}/in-memory/in-memory-order-repository.js`,
  HttpFulfilment: `${INFRASTRUCTURE}/fulfilment/http-fulfilment.js`,
  SimulatedFulfilment: `${INFRASTRUCTURE}/fulfilment/simulated-fulfilment.js`,
  SystemClock: `${INFRASTRUCTURE}/system/system-clock.js`,
  UuidGenerator: `${INFRASTRUCTURE}/system/uuid-generator.js`,
};

/** The names of what was built, in turn. */
let built: string[];
for (const [name, file] of Object.entries(BUILT)) {
  jest.unstable_mockModule(file, () => ({
    [name]: jest.fn(function build() {
      built.push(name);
      return {};
    }),
  }));
}
const { loadConfig } = await import('../../../src/bootstrap/config/load-config.js');
const { createContainer } = await import('../../../src/bootstrap/container.js');
const { TOKENS } = await import('../../../src/bootstrap/tokens.js');

const SERVERS = {
  MESSAGING: 'kafka',
  KAFKA_BROKERS: 'one:9092',
  STORE: 'postgres',
  DATABASE_URL: 'postgres://db/orders',
  FULFILMENT_URL: 'http://fulfilment/orders',
};
const ADAPTERS = [TOKENS.messaging, TOKENS.orders, TOKENS.store, TOKENS.fulfilment, TOKENS.clock, TOKENS.ids];

const newContainer = (environment: Record<string, string>) =>
  createContainer(loadConfig(environment), silentLogger, () => undefined);

describe('a container', () => {
  beforeEach(() => {
    built = [];
  });

  it.each([
    ['in memory', {}],
    ['on servers', SERVERS],
  ])('%s has built nothing when nothing was asked for', (_where, environment) => {
    newContainer(environment);

    expect(built).toEqual([]);
  });

  it.each([
    [
      'in memory',
      {},
      ['InMemoryMessaging', 'InMemoryOrderRepository', 'SimulatedFulfilment', 'SystemClock', 'UuidGenerator'],
    ],
    [
      'on servers',
      SERVERS,
      [
        'HttpFulfilment',
        'KafkaMessaging',
        'PostgresCheck',
        'PostgresOrderRepository',
        'SystemClock',
        'UuidGenerator',
        'createPostgresPool',
      ],
    ],
  ])('%s builds what is asked for, once', (_where, environment, names) => {
    const container = newContainer(environment);
    for (const adapter of [...ADAPTERS, ...ADAPTERS]) container.get<unknown>(adapter);

    expect(built.sort()).toEqual(names.sort());
  });
});
