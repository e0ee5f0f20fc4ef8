import { describe, expect, it } from '@jest/globals';
import { reachedTable, shortTable, tableOf } from '../../../bench/report.js';
import { median, type Row, type Table } from '../../../bench/results.js';
import { BULLMQ, EXPRESS, NEST, SERVICE, SERVICE_ON_POSTGRES } from '../../../bench/systems.js';
import { reachedOf } from '../../../bench/targets.js';

const rowOf = ({ name }: { name: string }, ...perSecond: number[]): Row => ({
  name,
  rounds: perSecond.map((each) => ({ perSecond: each })),
});

const tableNamed = (name: string, rows: readonly Row[], key = 'perSecond'): Table => ({
  name,
  text: `How fast is ${name}?`,
  columns: [{ key, title: 'orders/s' }],
  rows,
});

const reached = (table: Table, what: string) => reachedOf([table]).find((each) => each.what === what);

describe('what is measured in several rounds', () => {
  it('counts as the one in the middle', () => {
    expect(median(rowOf(SERVICE, 100, 2, 10), 'perSecond')).toBe(10);
    expect(median(rowOf(SERVICE, 100, 2, 10, 30), 'perSecond')).toBe(20);
  });

  it('is not known when no round measured it', () => {
    expect(median(rowOf(SERVICE), 'perSecond')).toBeUndefined();
    expect(median(rowOf(SERVICE, 1), 'p50')).toBeUndefined();
    expect(median(undefined, 'perSecond')).toBeUndefined();
  });
});

describe('what is to be reached', () => {
  const againstNest = (ours: number) =>
    reached(
      tableNamed('accept', [rowOf(SERVICE, ours), rowOf(NEST, 100)]),
      'accept, against NestJS on Kafka',
    );
  const idle = (cpuShare: number) =>
    reached(
      tableNamed('idle', [{ name: SERVICE_ON_POSTGRES.name, rounds: [{ cpuShare }] }]),
      'idle: % of a core',
    );

  it('is reached at the figure itself, not below', () => {
    expect(againstNest(180)).toMatchObject({ needed: '≥ 1.8', reached: 1.8, holds: true });
    expect(againstNest(179)).toMatchObject({ reached: 1.79, holds: false });
  });

  it('may be a limit, which holds at the figure itself, not above', () => {
    expect(idle(1)).toMatchObject({ needed: '≤ 1', holds: true });
    expect(idle(1.01)).toMatchObject({ holds: false });
  });

  it('is neither reached nor missed where one of the two was not measured', () => {
    const alone = tableNamed('accept', [rowOf(SERVICE, 180)]);

    expect(reachedOf([alone]).map(({ holds }) => holds)).toEqual(Array<undefined>(11).fill(undefined));
    expect(reachedTable(reachedOf([alone]))).toHaveLength(2);
  });

  it('is said to hold or to fail', () => {
    const table = tableNamed('accept', [rowOf(SERVICE, 170), rowOf(NEST, 100), rowOf(BULLMQ, 160)]);

    expect(reachedTable(reachedOf([table])).slice(2)).toEqual([
      '| accept, against NestJS on Kafka | ≥ 1.8 | 1.70 | FAILS |  |',
      '| accept, against Express + BullMQ | ≥ 1 | 1.06 | holds |  |',
    ]);
  });
});

describe('a table of the report', () => {
  const rows = [rowOf(SERVICE, 3_000, 1_000, 2_000), rowOf(NEST, 500), rowOf(EXPRESS, 1_000)];

  it('has medians, the range over the rounds, and each against the best of the others', () => {
    expect(tableOf(tableNamed('accept', rows))).toEqual([
      '| accept | orders/s | against the best other |',
      '| --- | --- | --- |',
      '| this service | 2,000 (1,000–3,000) | 2.00 × |',
      '| NestJS on Kafka | 500 | 0.50 × |',
      '| Express + kafkajs | 1,000 | 1.00 × |',
    ]);
  });

  it('takes the lowest for the best where less is better', () => {
    expect(tableOf({ ...tableNamed('latency', rows), lessIsBetter: true })[2]).toBe(
      '| this service | 2,000 (1,000–3,000) | 4.00 × |',
    );
  });

  it('compares with nobody where nobody else was measured, and leaves out what was not measured', () => {
    const table = tableNamed('idle', [rowOf(SERVICE, 5)]);
    const columns = [...table.columns, { key: 'p50', title: 'p50' }];

    expect(tableOf({ ...table, columns })).toEqual([
      '| idle | orders/s |',
      '| --- | --- |',
      '| this service | 5 |',
    ]);
  });

  it('is short for the README: what every system does in each scenario, in the middle', () => {
    const tables = [tableNamed('accept', rows), tableNamed('work', [rowOf(SERVICE, 7), rowOf(BULLMQ, 8)])];

    expect(shortTable(tables)).toEqual([
      '| | accept: orders/s | work: orders/s |',
      '| --- | --- | --- |',
      '| this service | 2,000 | 7 |',
      '| NestJS on Kafka | 500 |  |',
      '| Express + kafkajs | 1,000 |  |',
      '| Express + BullMQ |  | 8 |',
    ]);
  });
});
