import { groupProgress, pendingBefore } from '../engine/group-progress.js';
import type { PartitionLag, RecordPlace, RecordStanding } from '../engine/messaging.js';
import { PublishFailed, type Message } from '../engine/publisher.js';
import { InMemoryGroup, START } from './in-memory-group.js';
import { PartitionLog } from './partition-log.js';

/** Fewer records that every group has committed are not worth the move. */
const FEW = 1_000;

interface Topic {
  readonly logs: readonly PartitionLog[];
  readonly groups: Map<string, InMemoryGroup>;
}

/**
 * Topics with partitions, and groups with committed offsets, in the memory of one process. A partition keeps `capacity`
 * records at most; those that every group has completed, as their commits tell, make room.
 */
export class InMemoryBroker {
  private readonly topics = new Map<string, Topic>();
  /** Partitions in which no room was left at the last commit. */
  private readonly full = new Set<PartitionLog>();

  constructor(private readonly capacity = 50_000) {}

  /** Creating a topic that exists changes nothing. */
  createTopic(topic: string, partitions: number): void {
    if (this.hasTopic(topic)) return;
    const logs = Array.from({ length: partitions }, (_, partition) => new PartitionLog(topic, partition));
    this.topics.set(topic, { logs, groups: new Map() });
  }

  hasTopic(topic: string): boolean {
    return this.topics.has(topic);
  }

  /** By partition. */
  logs(topic: string): readonly PartitionLog[] {
    return this.topic(topic).logs;
  }

  /** Returns the record's offset. Bytes are copied. @throws PublishFailed */
  append(topic: string, partition: number, record: Message): bigint {
    const log = this.log(topic, partition);
    if (log.size >= this.capacity) this.makeRoom(topic, partition);
    const offset = log.append(record, Date.now());
    for (const group of this.topic(topic).groups.values()) group.wake(partition);
    return offset;
  }

  group(groupId: string, topic: string): InMemoryGroup {
    const { logs, groups } = this.topic(topic);
    const group =
      groups.get(groupId) ??
      new InMemoryGroup(logs, (partition) => {
        this.dropCommitted(topic, partition);
      });
    groups.set(groupId, group);
    return group;
  }

  /** Of a group that nobody joined, too: it would begin at the earliest record. */
  lag(groupId: string, topic: string): PartitionLag[] {
    const { logs, groups } = this.topic(topic);
    return logs.map((log, partition) => {
      const { end } = log;
      const committed = groups.get(groupId)?.committed(partition) ?? START;
      const [oldest] = log.read(committed.position, 1);
      const records = Number(end - committed.position);
      return { partition, records, pending: pendingBefore(end, committed), end, oldestAt: oldest?.timestamp };
    });
  }

  find(groupId: string, topic: string, { partition, offset }: RecordPlace): RecordStanding | undefined {
    const { logs, groups } = this.topic(topic);
    const at = BigInt(offset);
    const [record] = logs[partition]?.read(at, 1) ?? [];
    if (record?.offset !== at) return undefined;
    const { key, timestamp } = record;
    return { key, timestamp, ...groupProgress(groups.get(groupId)?.committed(partition) ?? START)(at) };
  }

  private dropCommitted(topic: string, partition: number): void {
    const log = this.log(topic, partition);
    this.full.delete(log);
    let lowest = log.end;
    for (const group of this.topic(topic).groups.values()) {
      const { position } = group.committed(partition);
      if (position < lowest) lowest = position;
    }
    log.dropBelow(lowest, FEW);
  }

  private makeRoom(topic: string, partition: number): void {
    const log = this.log(topic, partition);
    if (!this.full.has(log)) {
      const completed = [...this.topic(topic).groups.values()].map((group) => group.completed(partition));
      log.keepOnly((offset) => completed.length === 0 || !completed.every((isIn) => isIn(offset)));
    }
    if (log.size < this.capacity) return;
    this.full.add(log);
    const message = `partition ${partition} of '${topic}' is full`;
    throw new PublishFailed('not-sent', message, { reason: 'overloaded' });
  }

  private topic(name: string): Topic {
    const topic = this.topics.get(name);
    if (topic === undefined) throw new PublishFailed('not-sent', `there is no topic '${name}'`);
    return topic;
  }

  private log(topic: string, partition: number): PartitionLog {
    const log = this.logs(topic)[partition];
    if (log === undefined) throw new RangeError(`topic '${topic}' has no partition ${partition}`);
    return log;
  }
}
