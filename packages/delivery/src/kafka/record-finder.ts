import type { Admin } from 'kafkajs';
import { before } from '../engine/deadline.js';
import { groupProgress } from '../engine/group-progress.js';
import type { RecordPlace, RecordStanding } from '../engine/messaging.js';
import type { LogRecord } from './log-record.js';
import { startingPosition, type LogEnds } from './starting-positions.js';
import type { TopicReader } from './topic-reader.js';
import { eventLoopTurns } from './yield-to-event-loop.js';

interface Call {
  readonly partition: number;
  readonly offset: bigint;
  readonly resolve: (standing: RecordStanding | undefined) => void;
  readonly reject: (error: unknown) => void;
}

type GroupOffsets = Awaited<ReturnType<Admin['fetchOffsets']>>[number]['partitions'];

const MAX_CALLS = 1_000;
const SILENCE_MS = 2_000;
/** Of one request: records that lie near each other come together. */
const FETCHED_BYTES = 64 * 1024;

/**
 * Asks the brokers where records stand in a group. Calls that come together share one round of requests, as do those that
 * come meanwhile: a thousand callers cost a few requests.
 */
export class RecordFinder {
  private waiting: Call[] = [];
  private isAsking = false;

  constructor(
    private readonly admin: Pick<Admin, 'fetchOffsets'>,
    private readonly group: { readonly topic: string; readonly groupId: string },
    private readonly reader: Pick<TopicReader, 'ends' | 'fetch'>,
  ) {}

  find({ partition, offset }: RecordPlace): Promise<RecordStanding | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ partition, offset: BigInt(offset), resolve, reject });
      if (!this.isAsking) void this.askAll();
    });
  }

  private async askAll(): Promise<void> {
    this.isAsking = true;
    while (this.waiting.length > 0) {
      await eventLoopTurns(1);
      const calls = this.waiting.splice(0, MAX_CALLS);
      try {
        await this.ask(calls);
      } catch (error) {
        // what waited fails too, so that the deadline is one round's, however many wait
        for (const { reject } of [...calls, ...this.waiting.splice(0)]) reject(error);
      }
    }
    this.isAsking = false;
  }

  private async ask(calls: readonly Call[]): Promise<void> {
    const { topic, groupId } = this.group;
    const [[committed], ends] = await Promise.all([
      before(SILENCE_MS, this.admin.fetchOffsets({ groupId, topics: [topic] })),
      this.reader.ends(),
    ]);
    const partitions = new Set(calls.map(({ partition }) => partition));
    await Promise.all(
      [...partitions].map((partition) => {
        const some = calls.filter((call) => call.partition === partition);
        return this.askOne(partition, some, ends.get(partition), committed?.partitions ?? []);
      }),
    );
  }

  private async askOne(
    partition: number,
    calls: readonly Call[],
    ends: LogEnds | undefined,
    offsets: GroupOffsets,
  ): Promise<void> {
    const { low, high } = ends ?? { low: 0n, high: 0n };
    const there = calls.filter(({ offset }) => offset >= low && offset < high);
    const records = await readRecords(
      this.reader,
      partition,
      there.map(({ offset }) => offset),
    );
    const own = offsets.find((each) => each.partition === partition);
    const committed = { committed: BigInt(own?.offset ?? -1), metadata: own?.metadata ?? '' };
    const progress = groupProgress(startingPosition({ ...committed, low, high }));
    for (const { offset, resolve } of calls) {
      const record = records.get(offset);
      resolve(record && { key: record.key, timestamp: record.timestamp, ...progress(offset) });
    }
  }
}

/** The records at these offsets, where there are any. */
async function readRecords(
  reader: Pick<TopicReader, 'fetch'>,
  partition: number,
  offsets: readonly bigint[],
): Promise<ReadonlyMap<bigint, LogRecord>> {
  const wanted = new Set(offsets);
  const found = new Map<bigint, LogRecord>();
  let readTo = 0n;
  for (const offset of [...wanted].sort((a, b) => (a < b ? -1 : 1))) {
    if (offset < readTo) continue;
    const { records, next } = await reader.fetch(partition, offset, FETCHED_BYTES);
    for (const record of records) if (wanted.has(record.offset)) found.set(record.offset, record);
    readTo = next;
  }
  return found;
}
