import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { silentLogger } from '../../../src/contract/silent-logger.js';
import { encodeProgress } from '../../../src/engine/commit-metadata.js';
import { InMemoryBroker } from '../../../src/in-memory/in-memory-broker.js';
import { PublishFailed } from '../../../src/engine/publisher.js';
import type { GroupMember, RecordBatch } from '../../../src/engine/record-source.js';

const TOPIC = 'orders';
const CAPACITY = 10;

/** Takes what it is given, from where it stands, and commits when it is told to. */
class Reader implements GroupMember {
  readonly id = 'reader';
  readonly logger = silentLogger;
  readonly batches: RecordBatch[] = [];
  private readonly membership;

  constructor(broker: InMemoryBroker, group: string) {
    this.membership = broker.group(group, TOPIC).membership(this);
  }

  join = (): Promise<void> => this.membership.join();
  leave = (): Promise<void> => this.membership.leave();
  beforeRejoin = (): Promise<void> => Promise.resolve();
  assigned = (): void => undefined;
  mayCommit = (): boolean => true;
  failed = (): void => undefined;

  received(batch: RecordBatch): bigint {
    this.batches.push(batch);
    return batch.to;
  }

  /** @param completed beyond the position: from the first offset up to, but not including, the second */
  commit(position: number, completed?: readonly [from: number, to: number]): Promise<void> {
    const [from, to] = (completed ?? []).map(BigInt);
    const ranges = from === undefined || to === undefined ? [] : [{ from, to }];
    const metadata = encodeProgress(BigInt(position), { completed: ranges, failedAttempts: [] });
    return this.membership.commit(new Map([[0, { position: BigInt(position), metadata }]]));
  }

  get read(): number[] {
    return this.batches.flatMap(({ records }) => records.map(({ offset }) => Number(offset)));
  }
}

let broker: InMemoryBroker;
const readers: Reader[] = [];

beforeEach(() => {
  broker = newBroker(CAPACITY);
});
afterEach(async () => {
  await Promise.all(readers.splice(0).map((each) => each.leave()));
});

function newBroker(capacity: number): InMemoryBroker {
  const created = new InMemoryBroker(capacity);
  created.createTopic(TOPIC, 1);
  return created;
}

function append(count: number): void {
  for (let each = 0; each < count; each++) broker.append(TOPIC, 0, { key: 'a', value: null, headers: {} });
}

async function reader(group = 'group'): Promise<Reader> {
  const joined = new Reader(broker, group);
  readers.push(joined);
  await joined.join();
  return joined;
}

const records = () => broker.logs(TOPIC)[0]?.read(0n) ?? [];
const kept = (): number[] => records().map(({ offset }) => Number(offset));
const delivered = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('a record', () => {
  const bytes = (...values: number[]) => new Uint8Array(values);

  it.each([
    ['text', { key: 'schlüssel 🍵', value: bytes(1), headers: { größe: 'größer', other: 'ß' } }],
    ['bytes', { key: bytes(0, 255), value: bytes(254, 0), headers: { raw: bytes(128, 0, 255) } }],
    ['nothing', { key: null, value: null, headers: {} }],
    ['empty parts', { key: '', value: bytes(), headers: { '': '', empty: bytes() } }],
  ])('of %s is read as it was appended', (_what, content) => {
    broker.append(TOPIC, 0, content);
    const [read] = records();
    const asBytes = (part: string | Uint8Array | null) => (part === null ? null : Buffer.from(part));
    expect({ ...read, key: asBytes(read?.key ?? null), value: asBytes(read?.value ?? null) }).toMatchObject({
      ...{ topic: TOPIC, partition: 0, offset: 0n, timestamp: expect.any(Number) },
      key: asBytes(content.key),
      value: asBytes(content.value),
    });
    expect(Object.entries(read?.headers ?? {}).map(([name, part]) => [name, asBytes(part)])).toEqual(
      Object.entries(content.headers).map(([name, part]) => [name, asBytes(part)]),
    );
  });

  it('does not change with the bytes that it was appended as', () => {
    const value = bytes(1, 2);
    broker.append(TOPIC, 0, { key: null, value, headers: {} });
    value[0] = 9;
    expect([...(records()[0]?.value ?? [])]).toEqual([1, 2]);
  });
});

describe('a full partition', () => {
  it('takes no more, and has room again for as many as its group has committed', async () => {
    const one = await reader();
    append(10);
    expect(() => {
      append(1);
    }).toThrow(PublishFailed);
    await one.commit(4);
    append(4);
    expect(() => {
      append(1);
    }).toThrow(PublishFailed);
    expect(kept()).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });

  it('has room for as many as are completed beyond one that waits, when the commit tells them', async () => {
    const one = await reader();
    append(10);
    await one.commit(0, [1, 10]);
    append(9);
    expect(kept()).toEqual([0, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
    await one.commit(0, [1, 19]);
    append(9);
    expect(kept()).toEqual([0, 19, 20, 21, 22, 23, 24, 25, 26, 27]);
    expect(broker.logs(TOPIC)[0]?.end).toBe(28n);
  });

  it('keeps what another group was not told', async () => {
    const one = await reader();
    const other = await reader('other');
    append(10);
    await one.commit(10);
    await other.commit(2, [5, 8]);
    append(5);
    expect(kept()).toEqual([2, 3, 4, 8, 9, 10, 11, 12, 13, 14]);
  });

  it('looks for room once for each commit, however many it has to refuse', async () => {
    const one = await reader();
    append(10);
    await one.commit(0, [4, 5]);
    append(1);
    const looks = jest.spyOn(broker.group('group', TOPIC), 'completed');
    await one.commit(0, [4, 5]);
    for (let each = 0; each < 5; each++) {
      expect(() => {
        append(1);
      }).toThrow(PublishFailed);
    }
    expect(looks).toHaveBeenCalledTimes(1);
  });
});

describe('what is read of a partition that has dropped records', () => {
  it('is what is left, with the place to read on from, to the end', async () => {
    const one = await reader();
    append(10);
    await one.commit(0, [1, 10]);
    append(3);
    await one.commit(0, [1, 13]);
    append(7);
    await one.commit(0, [1, 20]);
    append(1);
    await one.leave();
    const next = await reader();
    await delivered();
    expect(next.read).toEqual([0, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(next.batches.at(-1)?.to).toBe(21n);

    append(1);
    await delivered();
    expect(next.batches.at(-1)).toMatchObject({ from: 21n, to: 22n });
  });

  it('ends at the end of the log, also when the last records are dropped', async () => {
    const one = await reader();
    append(10);
    await one.commit(0, [1, 10]);
    append(9);
    await one.commit(0, [1, 19]);
    append(1);
    await one.commit(0, [1, 20]);
    for (let each = 20; each < 29; each++) append(1);
    await one.commit(0, [1, 29]);
    append(1);
    await one.leave();
    const next = await reader();
    await delivered();
    expect(next.read).toEqual([0, 29]);
    expect(next.batches[0]).toMatchObject({ from: 0n, to: 30n });
  });

  it('begins for a new group at the earliest that is kept, and has each once', async () => {
    broker = newBroker(50_000);
    const one = await reader();
    append(3_000);
    await one.commit(3_000);
    append(1_500);
    const newcomer = await reader('newcomer');
    await delivered();
    while (newcomer.batches.at(-1)?.to !== 4_500n) await delivered();
    expect(newcomer.read).toEqual(Array.from({ length: 1_500 }, (_, index) => 3_000 + index));
  });
});

describe('what every group has committed', () => {
  beforeEach(() => {
    broker = newBroker(50_000);
  });

  it('is dropped before the partition is full, when it is more than a few', async () => {
    const one = await reader();
    append(1_200);
    await one.commit(1_000);
    expect(kept()).toHaveLength(1_200);
    await one.commit(1_001);
    expect(kept()).toHaveLength(199);
  });

  it('is kept while another group has not', async () => {
    const one = await reader();
    const other = await reader('other');
    append(3_000);
    await one.commit(3_000);
    expect(kept()).toHaveLength(3_000);
    await other.commit(2_000);
    expect(kept()).toHaveLength(1_000);
  });
});

describe('a member', () => {
  it('keeps its process alive until it leaves', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    const joined = await reader();
    const during = timers();
    await joined.leave();

    expect([during - before, timers()]).toEqual([1, before]);
  });
});
