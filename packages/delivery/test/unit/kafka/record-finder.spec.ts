import { describe, expect, it } from '@jest/globals';
import { encodeProgress } from '../../../src/engine/commit-metadata.js';
import type { LogRecord } from '../../../src/kafka/log-record.js';
import { RecordFinder } from '../../../src/kafka/record-finder.js';

const KEY = Buffer.from('key');
/** So many records come with one request. */
const FETCHED = 100n;

/** Brokers with two partitions of 1,000 records, of which `low` were deleted. The time of a record is its offset. */
function finder({
  committed = '-1',
  metadata = '',
  low = 0n,
  fails = false,
  responds = Promise.resolve(),
} = {}) {
  const requests: string[] = [];
  const reader = {
    ends: async () => {
      requests.push('ends');
      return new Map([0, 1].map((partition) => [partition, { low, high: 1_000n }] as const));
    },
    fetch: async (partition: number, position: bigint) => {
      requests.push(`fetch ${partition}@${position}`);
      const offsets = Array.from({ length: Number(FETCHED) }, (_, index) => position + BigInt(index));
      const records = offsets
        .filter((offset) => offset !== 13n) // the marker of a transaction, perhaps
        .map((offset) => ({ offset, timestamp: Number(offset), key: KEY })) as unknown as LogRecord[];
      return { records, next: position + FETCHED };
    },
  };
  const admin = {
    fetchOffsets: async () => {
      requests.push('committed');
      await responds;
      if (fails) throw new Error('no coordinator');
      return [{ topic: 'orders', partitions: [{ partition: 0, offset: committed, metadata }] }];
    },
  };
  return { finder: new RecordFinder(admin, { topic: 'orders', groupId: 'g' }, reader), requests };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const at = (offset: number, partition = 0) => ({ partition, offset: String(offset) });

describe('finding a record on Kafka', () => {
  it('asks for what is committed, for both ends, and for the record', async () => {
    const { finder: brokers, requests } = finder({ committed: '7' });
    expect(await brokers.find(at(9))).toEqual({ key: KEY, timestamp: 9, isCompleted: false, ahead: 2 });
    expect(requests).toEqual(['committed', 'ends', 'fetch 0@9']);
  });

  it('costs a thousand callers one round of requests, and a fetch for each hundred records', async () => {
    const { finder: brokers, requests } = finder({ committed: '0' });
    const found = await Promise.all(Array.from({ length: 1_000 }, (_, offset) => brokers.find(at(offset))));
    expect(found.map((each) => each?.ahead)).toEqual(
      Array.from({ length: 1_000 }, (_, offset) => (offset === 13 ? undefined : offset)),
    );
    expect(requests).toHaveLength(2 + 10);
  });

  it('shares one more round among those who ask meanwhile', async () => {
    let open: () => void = () => undefined;
    const responds = new Promise<void>((resolve) => (open = resolve));
    const { finder: brokers, requests } = finder({ committed: '0', responds });
    const asked = [];
    for (let offset = 1; offset <= 5; offset++) {
      asked.push(brokers.find(at(offset)));
      await turn();
      await turn();
    }
    open();
    expect((await Promise.all(asked)).map((each) => each?.ahead)).toEqual([1, 2, 3, 4, 5]);
    expect(requests.filter((request) => request === 'committed')).toHaveLength(2);
  });

  it('reads nothing beyond the ends of a partition, nor of one that is not there', async () => {
    const { finder: brokers, requests } = finder({ low: 5n });
    const found = await Promise.all([at(4), at(1_000), at(7, 2)].map((place) => brokers.find(place)));
    expect(found).toEqual([undefined, undefined, undefined]);
    expect(requests).toEqual(['committed', 'ends']);
  });

  it('finds no record where the offset is none', async () => {
    expect(await finder({ committed: '0' }).finder.find(at(13))).toBeUndefined();
  });

  it.each([
    ['committed nothing', { low: 5n }, 4],
    ['is beyond the end, as the topic was made anew', { committed: '2000', low: 5n }, 4],
    ['committed what was deleted since', { committed: '2', low: 5n }, 4],
    [
      'completed some beyond what was deleted since',
      {
        committed: '2',
        low: 5n,
        metadata: encodeProgress(2n, { completed: [{ from: 4n, to: 7n }], failedAttempts: [] }),
      },
      2,
    ],
  ])('counts for a group that %s from where it would begin', async (_what, brokers, ahead) => {
    expect(await finder(brokers).finder.find(at(9))).toMatchObject({ isCompleted: false, ahead });
  });

  it('fails for all who wait while the brokers are unavailable', async () => {
    const { finder: brokers } = finder({ fails: true });
    const asked = await Promise.allSettled([1, 2, 3].map((offset) => brokers.find(at(offset))));
    expect(asked.map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
  });
});
