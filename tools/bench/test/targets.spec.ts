import { describe, expect, it } from '@jest/globals';
import { BESIDE_IMPORTS, SENDING_ALONE } from '../imports.js';
import { reachedTable } from '../report.js';
import type { Table } from '../results.js';
import { BULLMQ, NEST, SERVICE, SERVICE_ON_POSTGRES } from '../systems.js';
import { compareWithTargets } from '../targets.js';
import { aRow, aTable } from '../../../test/support/a-table.js';

const reached = (table: Table, what: string) =>
  compareWithTargets([table]).find((each) => each.what === what);

describe('what is to be reached', () => {
  const againstNest = (ours: number) =>
    reached(aTable('ingest', [aRow(SERVICE, ours), aRow(NEST, 100)]), 'ingest, against NestJS on Kafka');
  const idle = (cpuShare: number) =>
    reached(
      aTable('idle', [{ name: SERVICE_ON_POSTGRES.name, rounds: [{ cpuShare }] }]),
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

  it('may compare what one system does under two conditions', () => {
    const alone = { ...SENDING_ALONE, rounds: [{ perSecond: 1_000, p99: 10 }] };
    const beside = { ...BESIDE_IMPORTS, rounds: [{ perSecond: 290, p99: 30 }] };
    const found = compareWithTargets([aTable('imports', [alone, beside])]).filter(
      ({ holds }) => holds !== undefined,
    );

    expect(found.map(({ needed, reached: value, holds }) => [needed, value, holds])).toEqual([
      ['≥ 0.3', 0.29, false],
      ['≤ 3', 3, true],
    ]);
  });

  it('is neither reached nor missed where one of the two was not measured', () => {
    const alone = aTable('ingest', [aRow(SERVICE, 180)]);

    expect(new Set(compareWithTargets([alone]).map(({ holds }) => holds))).toEqual(new Set([undefined]));
    expect(reachedTable(compareWithTargets([alone]))).toHaveLength(2);
  });

  it('is said to hold or to fail', () => {
    const table = aTable('ingest', [aRow(SERVICE, 170), aRow(NEST, 100), aRow(BULLMQ, 160)]);

    expect(reachedTable(compareWithTargets([table])).slice(2)).toEqual([
      '| ingest, against NestJS on Kafka | ≥ 1.8 | 1.70 | FAILS |  |',
      '| ingest, against Express + BullMQ | ≥ 1 | 1.06 | holds |  |',
    ]);
  });
});
