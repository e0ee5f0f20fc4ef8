import type { Message } from '../engine/publisher.js';
import { InMemoryGroup, type CompletedBeyond } from './in-memory-group.js';
import { PartitionLog, type StoredRecord } from './partition-log.js';

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

/** More than so many records that every group has committed are dropped: fewer aren't worth the move. */
const FEW = 1_000;

/**
 * Topics with partitions, and groups with committed offsets, in the memory of one process. A partition keeps `capacity`
 * records at most; those that every group has completed, as their commits tell, make room.
 */
export class InMemoryBroker {
  private readonly topics = new Map<string, PartitionLog[]>();
  private readonly groups = new Map<string, InMemoryGroup>();
  /** Full partitions in which no room was left at the last commit. */
  private readonly full = new Set<PartitionLog>();

  /** @param completedBeyond what the metadata of a commit tells; nothing by default */
  constructor(
    private readonly capacity = 50_000,
    private readonly completedBeyond: CompletedBeyond = () => [],
  ) {}

  /** Creating a topic that exists changes nothing. */
  createTopic(topic: string, partitions: number): void {
    if (this.hasTopic(topic)) return;
    this.topics.set(
      topic,
      Array.from({ length: partitions }, (_, partition) => new PartitionLog(topic, partition)),
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
  append(topic: string, partition: number, record: Message): bigint {
    const log = this.log(topic, partition);
    if (log.size >= this.capacity) this.makeRoom(topic, partition);
    const offset = log.append(record, Date.now());
    for (const group of this.groupsOf(topic)) group.wake(partition);
    return offset;
  }

  /** Up to `limit` records from `offset` on; those that were dropped are left out. @throws UnknownTopic */
  read(topic: string, partition: number, offset: bigint, limit = Infinity): StoredRecord[] {
    return this.log(topic, partition).read(offset, limit);
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

  /** A group has committed. @throws UnknownTopic */
  committed(topic: string, partition: number): void {
    const log = this.log(topic, partition);
    this.full.delete(log);
    let lowest = log.end;
    for (const group of this.groupsOf(topic)) {
      const position = group.committed(partition) ?? 0n;
      if (position < lowest) lowest = position;
    }
    log.dropBelow(lowest, FEW);
  }

  private makeRoom(topic: string, partition: number): void {
    const log = this.log(topic, partition);
    if (!this.full.has(log)) {
      const completed = this.groupsOf(topic).map((group) => group.completed(partition, this.completedBeyond));
      log.keepOnly((offset) => completed.length === 0 || !completed.every((isIn) => isIn(offset)));
    }
    if (log.size < this.capacity) return;
    this.full.add(log);
    throw new LogFull(topic, partition);
  }

  private groupsOf(topic: string): InMemoryGroup[] {
    return [...this.groups.values()].filter((group) => group.topic === topic);
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
