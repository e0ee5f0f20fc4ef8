import type { MessageHeaders } from '../../../application/ports/message-publisher.js';
import { InMemoryGroup, type StoredRecord } from './in-memory-group.js';

/** The records of a partition from `start` on; what lies below was dropped. */
class PartitionLog {
  readonly records: StoredRecord[] = [];
  start = 0n;

  get end(): bigint {
    return this.start + BigInt(this.records.length);
  }
}

/** Nothing more can be kept: the partition is full of records that some group has not carried out. */
export class LogFull extends Error {
  override readonly name = 'LogFull';

  constructor(topic: string, partition: number) {
    super(`partition ${partition} of '${topic}' is full`);
  }
}

export class UnknownTopic extends Error {
  override readonly name = 'UnknownTopic';

  constructor(topic: string) {
    super(`there is no topic '${topic}'`);
  }
}

const utf8 = new TextEncoder();

/**
 * Topics with partitions, and groups with committed offsets, in the memory of one process. A partition keeps
 * `capacity` records; when it is full, those that every group has committed make room.
 */
export class InMemoryBroker {
  private readonly topics = new Map<string, PartitionLog[]>();
  private readonly groups = new Map<string, InMemoryGroup>();

  constructor(private readonly capacity = 50_000) {}

  /** Creating a topic that exists changes nothing. */
  createTopic(topic: string, partitions: number): void {
    if (this.hasTopic(topic)) return;
    this.topics.set(
      topic,
      Array.from({ length: partitions }, () => new PartitionLog()),
    );
  }

  hasTopic(topic: string): boolean {
    return this.topics.has(topic);
  }

  /** @throws UnknownTopic */
  partitionCount(topic: string): number {
    return this.logs(topic).length;
  }

  /** Answers the record's offset. Bytes are copied. @throws UnknownTopic, LogFull */
  append(
    topic: string,
    partition: number,
    record: {
      readonly key: string | Uint8Array | null;
      readonly value: Uint8Array | null;
      readonly headers: MessageHeaders;
    },
  ): bigint {
    const log = this.log(topic, partition);
    const groups = [...this.groups.values()].filter((group) => group.topic === topic);
    if (log.records.length >= this.capacity) this.makeRoom(topic, partition, groups);
    const offset = log.end;
    const key = record.key === null ? null : bytesOf(record.key);
    const headers = Object.entries(record.headers).map(([name, value]) => [name, bytesOf(value)] as const);
    const value = record.value === null ? null : bytesOf(record.value);
    const timestamp = Date.now();
    log.records.push({
      topic,
      partition,
      offset,
      timestamp,
      key,
      value,
      headers: Object.fromEntries(headers),
    });
    for (const group of groups) group.wake(partition);
    return offset;
  }

  /** Up to `limit` records from `offset` on, or from the first that is still there. @throws UnknownTopic */
  read(topic: string, partition: number, offset: bigint, limit = Infinity): StoredRecord[] {
    const { records, start } = this.log(topic, partition);
    const from = offset > start ? Number(offset - start) : 0;
    return records.slice(from, from + limit);
  }

  /** The offset of the next record. @throws UnknownTopic */
  endOffset(topic: string, partition: number): bigint {
    return this.log(topic, partition).end;
  }

  /** The group's view of a topic: a source for each of its members. @throws UnknownTopic */
  group(groupId: string, topic: string): InMemoryGroup {
    this.logs(topic);
    const id = `${groupId}\n${topic}`;
    let group = this.groups.get(id);
    if (group === undefined) {
      group = new InMemoryGroup(topic, this);
      this.groups.set(id, group);
    }
    return group;
  }

  private makeRoom(topic: string, partition: number, groups: readonly InMemoryGroup[]): void {
    const log = this.log(topic, partition);
    const done = groups.map((group) => Number((group.committed(partition) ?? log.start) - log.start));
    const dropped = done.length === 0 ? 0 : Math.min(...done);
    if (dropped <= 0) throw new LogFull(topic, partition);
    log.records.splice(0, dropped);
    log.start += BigInt(dropped);
  }

  private logs(topic: string): PartitionLog[] {
    const logs = this.topics.get(topic);
    if (logs === undefined) throw new UnknownTopic(topic);
    return logs;
  }

  private log(topic: string, partition: number): PartitionLog {
    const log = this.logs(topic)[partition];
    if (log === undefined) throw new RangeError(`topic '${topic}' has no partition ${partition}`);
    return log;
  }
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? utf8.encode(value) : new Uint8Array(value);
}
