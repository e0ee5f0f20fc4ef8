import { describe, expect, it } from '@jest/globals';
import { groupLag } from '../../../src/kafka/group-lag.js';
import type { LogRecord } from '../../../src/kafka/log-record.js';

type Ends = readonly (readonly [low: bigint, high: bigint])[];

/** Brokers with these ends, on which the group committed these offsets. The time of a record is its offset. */
function lagOf(ends: Ends, committed: readonly string[], fetched: string[] = [], metadata = '') {
  const partitions = committed.map((offset, partition) => ({ partition, offset, metadata }));
  const reader = {
    ends: async () => new Map(ends.map(([low, high], partition) => [partition, { low, high }])),
    fetch: async (partition: number, position: bigint) => {
      fetched.push(`${partition}@${position}`);
      const records = [{ offset: position, timestamp: Number(position) }] as unknown as LogRecord[];
      return { records, next: position + 1n };
    },
  };
  const admin = { fetchOffsets: async () => [{ topic: 'orders', partitions }] };
  return groupLag(admin, { topic: 'orders', groupId: 'g' }, reader);
}

describe('the lag of a group', () => {
  it('counts from what is committed to the end, and has the time of the record there', async () => {
    expect(await lagOf([[0n, 10n]], ['7'])).toEqual([
      { partition: 0, records: 3, pending: 3, end: 10n, oldestAt: 7 },
    ]);
  });

  it('tells that what is completed beyond the committed position is not pending', async () => {
    expect(await lagOf([[0n, 10n]], ['3'], [], '1;1+4;')).toMatchObject([{ records: 7, pending: 3 }]);
  });

  it('reads no record where nothing is behind', async () => {
    const fetched: string[] = [];
    const lag = await lagOf(
      [
        [0n, 10n],
        [0n, 4n],
      ],
      ['10', '2'],
      fetched,
    );
    expect(lag[0]).toEqual({ partition: 0, records: 0, pending: 0, end: 10n, oldestAt: undefined });
    expect(fetched).toEqual(['1@2']);
  });

  it.each([
    ['that committed nothing', '-1'],
    ['whose records were deleted', '1'],
    ['that is beyond the end, as the topic was made anew', '99'],
  ])('of one %s counts from the earliest record, where it would begin', async (_what, committed) => {
    expect(await lagOf([[5n, 10n]], [committed])).toEqual([
      { partition: 0, records: 5, pending: 5, end: 10n, oldestAt: 5 },
    ]);
  });

  it('of a group that the brokers don’t know is all that there is', async () => {
    expect(await lagOf([[5n, 10n]], [])).toEqual([
      { partition: 0, records: 5, pending: 5, end: 10n, oldestAt: 5 },
    ]);
  });
});
