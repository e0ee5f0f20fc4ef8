import { describe } from '@jest/globals';

/** A broker to connect to. */
export const kafkaBrokers = (process.env['TEST_KAFKA_BROKERS'] ?? '')
  .split(',')
  .filter((broker) => broker !== '');
/** A PostgreSQL server to make databases in. */
export const databaseUrl = process.env['TEST_DATABASE_URL'] ?? '';

export const describeWithKafka = kafkaBrokers.length > 0 ? describe : describe.skip;
/** For tests that start clusters of their own, to break them. */
export const describeWithKafkaClusters =
  process.env['TEST_KAFKA_CLUSTERS'] === undefined ? describe.skip : describe;
export const describeWithPostgres = databaseUrl === '' ? describe.skip : describe;
export const describeWithKafkaAndPostgres =
  kafkaBrokers.length > 0 && databaseUrl !== '' ? describe : describe.skip;
export const describeWithAllOfIt =
  process.env['TEST_KAFKA_CLUSTERS'] !== undefined && databaseUrl !== '' ? describe : describe.skip;
