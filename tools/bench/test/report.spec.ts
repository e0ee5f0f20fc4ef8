import { describe, expect, it } from '@jest/globals';
import { shortTable, formatTable } from '../report.js';
import { EXPRESS, NEST, SERVICE } from '../systems.js';
import { aRow, aTable } from '../../../test/support/a-table.js';

describe('a table of the report', () => {
  const rows = [aRow(SERVICE, 3_000, 1_000, 2_000), aRow(NEST, 500), aRow(EXPRESS, 1_000)];

  it('has medians, the range over the rounds, and each against the best of the others', () => {
    expect(formatTable(aTable('ingest', rows))).toEqual([
      '| ingest | orders/s | × best other |',
      '| --- | --- | --- |',
      '| this service | 2,000 (1,000–3,000) | 2.00 |',
      '| NestJS on Kafka | 500 | 0.50 |',
      '| Express + kafkajs | 1,000 | 1.00 |',
    ]);
  });

  it('takes the lowest for the best where less is better', () => {
    expect(formatTable({ ...aTable('latency', rows), lessIsBetter: true })[2]).toBe(
      '| this service | 2,000 (1,000–3,000) | 4.00 |',
    );
  });

  it('shows the columns of each part by themselves, and compares in the first', () => {
    const table = aTable('latency', [aRow(SERVICE, 1), aRow(NEST, 2)]);
    const columns = ['p50', 'p99'].map((part) => ({ key: 'perSecond', title: `${part} ms`, part }));

    expect(formatTable({ ...table, columns })).toEqual([
      '| latency | p50 ms | × best other |',
      '| --- | --- | --- |',
      '| this service | 1 | 0.50 |',
      '| NestJS on Kafka | 2 | 1.00 |',
      '',
      '| latency | p99 ms |',
      '| --- | --- |',
      '| this service | 1 |',
      '| NestJS on Kafka | 2 |',
    ]);
  });

  it('compares with nobody where nobody else was measured, and leaves out what was not measured', () => {
    const table = aTable('idle', [aRow(SERVICE, 5)]);
    const columns = [...table.columns, { key: 'p50', title: 'p50' }];

    expect(formatTable({ ...table, columns })).toEqual([
      '| idle | orders/s |',
      '| --- | --- |',
      '| this service | 5 |',
    ]);
  });

  it('is short for the README: orders/s of the service and of what most people know, in the middle', () => {
    const tables = [aTable('ingest', rows), aTable('concurrency', [aRow(SERVICE, 499.6), aRow(NEST, 2.66)])];

    expect(shortTable(tables)).toEqual([
      '| orders/s | this service | NestJS on Kafka | Express + BullMQ |',
      '| --- | --- | --- | --- |',
      '| accepted | 2,000 | 500 |  |',
      '| processed, when an order takes 1 to 3 s | 500 | 2.7 |  |',
    ]);
  });
});
