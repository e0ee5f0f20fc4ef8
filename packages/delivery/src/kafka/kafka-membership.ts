import { setImmediate as turnOfEventLoop, setTimeout as delay } from 'node:timers/promises';
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from '../engine/logger.js';
import type { GroupMember, Membership, Positions } from '../engine/record-source.js';
import type { GroupHooks, WithGroupHooks } from './group-hooks.js';
import { MembershipLease, type Heartbeat, type LeaseSettings } from './membership-lease.js';
import { toBatch, toFilteredBatch } from './kafka-batch.js';
import { logEnds, startingPosition, startingPositions } from './starting-positions.js';

export interface KafkaSourceSettings extends LeaseSettings {
  readonly topic: string;
  readonly groupId: string;
  /** How long a re-join waits for the members; above the drain that precedes it, and above the session time-out. */
  readonly rebalanceTimeoutMs: number;
}

/** A client, and the end of its connections. */
export interface KafkaConnection {
  readonly kafka: Kafka;
  destroy(): void;
}

const POSITIONS_RETRY_MS = 200;
/** How soon partitions that were added are read; as soon as the publisher knows of them. */
const METADATA_MAX_AGE_MS = 30_000;
/** Of a partition at a time. What is decoded takes ten times as much, and a larger batch is read all the same. */
const FETCHED_BYTES = 256 * 1024;
const TURNS_BETWEEN_FETCHES = 16;
export const LEAVE_DEADLINE_MS = 3_000;

/** One kafkajs consumer, translated: it fetches, hands in, and commits what it is told. */
export class KafkaMembership implements Membership, GroupHooks {
  readonly instanceId: string;
  private readonly consumer: Consumer;
  private readonly lease: MembershipLease;
  private joined = false;
  /** From a crash until the next join. */
  private crashed = false;
  private leaving = false;

  constructor(
    private readonly member: GroupMember,
    private readonly settings: KafkaSourceSettings,
    private readonly client: KafkaConnection,
    private readonly admin: Admin,
    withHooks: WithGroupHooks,
    private readonly logger: Logger,
  ) {
    this.instanceId = member.id;
    this.lease = new MembershipLease(settings, logger);
    const { groupId, sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs } = settings;
    this.consumer = client.kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatIntervalMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      partitionAssigners: [withHooks(this)],
      allowAutoTopicCreation: false,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      maxWaitTimeInMs: 500,
      maxBytesPerPartition: FETCHED_BYTES,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    });
    this.watch();
  }

  async join(): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topic: this.settings.topic, fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.handIn(payload),
    });
  }

  get isLeaving(): boolean {
    return this.leaving;
  }

  isActive(): boolean {
    return !this.leaving && this.lease.holds;
  }

  /** Without a place in the group there is nothing to pause: a join begins with all partitions flowing. */
  pause(partition: number): void {
    if (!this.joined) return;
    this.consumer.pause([{ topic: this.settings.topic, partitions: [partition] }]);
  }

  resume(partition: number): void {
    if (!this.joined) return;
    this.consumer.resume([{ topic: this.settings.topic, partitions: [partition] }]);
  }

  async commit(positions: Positions): Promise<void> {
    // kafkajs would resolve without having committed anything
    if (!this.isActive() || this.crashed) throw new Error('not a member of the group');
    const { topic } = this.settings;
    await this.consumer.commitOffsets(
      [...positions].map(([partition, { position, metadata }]) => ({
        topic,
        partition,
        offset: String(position),
        metadata,
      })),
    );
  }

  async leave(): Promise<void> {
    this.leaving = true;
    this.lease.end();
    const deadline = setTimeout(() => {
      this.client.destroy();
    }, LEAVE_DEADLINE_MS);
    try {
      await this.consumer.disconnect();
    } catch (error) {
      this.logger.warn('the group was not left cleanly', { error });
    } finally {
      clearTimeout(deadline);
      this.client.destroy();
      this.joined = false;
    }
  }

  /** Holds back the fetches of other brokers too: nobody takes what they bring during the drain. */
  async beforeJoin(): Promise<void> {
    this.joined = false;
    this.consumer.pause([{ topic: this.settings.topic }]);
    await this.member.beforeRejoin();
    this.lease.pause();
  }

  /** Seeds the member's positions, and kafkajs' own with the same ones, however long the brokers take to say them. */
  async afterJoin(
    assigned: readonly { topic: string; partitions: number[] }[],
    heartbeat: Heartbeat,
  ): Promise<void> {
    if (!this.leaving) this.lease.beat(heartbeat);
    const partitions = assigned.flatMap(({ topic, partitions }) =>
      topic === this.settings.topic ? partitions : [],
    );
    for (let failed = 0; !this.leaving; failed++) {
      try {
        const positions = await startingPositions(this.admin, this.settings, partitions, this.logger);
        for (const [partition, { position }] of positions) this.seek(partition, position);
        this.joined = true;
        this.crashed = false;
        this.consumer.resume([{ topic: this.settings.topic }]);
        this.member.assigned(positions);
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.logger[failed === 0 ? 'info' : 'debug']('waiting for the committed positions', { reason });
        await delay(POSITIONS_RETRY_MS);
      }
    }
  }

  answered(sentAt: number): void {
    this.lease.renew(sentAt);
  }

  mayCommit(partition: number, position: bigint): boolean {
    return this.member.mayCommit(partition, position);
  }

  /** The member goes on with what it has in hand, and reads on behind the gap; a shorter log is begun anew. */
  async outOfRange(partition: number, position: bigint): Promise<'read-on' | 'join-again'> {
    const { topic, groupId } = this.settings;
    const endsOf = await logEnds(this.admin, topic);
    const start = startingPosition({ committed: position, metadata: '', ...endsOf(partition) });
    if (start.position < position) return 'join-again';
    const gap = { partition, from: position, to: start.position, records: [] };
    const next = this.member.received(gap);
    if (next === gap.to && start.problem !== undefined) {
      this.logger.error(start.problem, { topic, partition, groupId });
    }
    if (next !== undefined) this.seek(partition, next);
    return 'read-on';
  }

  private seek(partition: number, position: bigint): void {
    this.consumer.seek({ topic: this.settings.topic, partition, offset: String(position) });
  }

  /**
   * Returns soon: kafkajs fetches nothing more, for any partition, while it waits. But a fetch costs a process as much as a
   * dozen records, and is answered as soon as there is one: where the event loop is busy, more come together with the next.
   * Never throws: that would end it.
   */
  private async handIn(payload: EachBatchPayload): Promise<void> {
    const batch = toBatch(payload.batch);
    const next = this.member.received(batch);
    if (next === batch.to) payload.resolveOffset(String(batch.to - 1n));
    else if (next !== undefined) this.seek(batch.partition, next);
    for (let turn = 0; turn < TURNS_BETWEEN_FETCHES; turn++) await turnOfEventLoop();
  }

  private watch(): void {
    const { CRASH, START_BATCH_PROCESS } = this.consumer.events;
    this.consumer.on(CRASH, ({ payload: { restart, error } }) => {
      this.joined = false;
      this.crashed = true;
      this.lease.pause();
      if (restart) {
        this.logger.warn('reading was interrupted, joining again', { error });
        return;
      }
      this.lease.end();
      this.member.failed(this.explained(error));
    });
    this.consumer.on(START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) this.member.received(toFilteredBatch(payload));
    });
  }

  private explained(error: Error & { readonly type?: string; readonly cause?: unknown }): Error {
    if (error.cause instanceof Error) return this.explained(error.cause);
    if (error.type !== 'FENCED_INSTANCE_ID') return error;
    const what = `another process has joined group '${this.settings.groupId}' as '${this.instanceId}'`;
    return new Error(`${what}: give each replica a REPLICA_ID of its own`, { cause: error });
  }
}
