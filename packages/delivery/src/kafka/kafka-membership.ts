import type { Admin, Consumer, EachBatchPayload } from 'kafkajs';
import { failureText } from '../engine/failure-text.js';
import type { Logger } from '../engine/logger.js';
import type { GroupSettings } from '../engine/messaging.js';
import type { GroupMember, Membership, Positions } from '../engine/record-source.js';
import { toBatch, type FetchedBatch } from './kafka-batch.js';
import { disconnect, type KafkaClient } from './kafka-client.js';
import { withGroupHooks, type GroupHooks } from './kafkajs-group-patches.js';
import type { Assignment } from './kafkajs-internals.js';
import { MembershipLease, type Heartbeat } from './membership-lease.js';
import { PartitionGrowth } from './partition-growth.js';
import { isPassing } from './protocol-error.js';
import { retry } from './retry.js';
import { logEnds, startingPosition, startingPositions } from './starting-positions.js';
import { eventLoopTurns } from './yield-to-event-loop.js';

const POSITIONS_RETRY_MS = 200;
/** How soon partitions that were added are read; as soon as the publisher knows of them. */
const METADATA_MAX_AGE_MS = 30_000;
/** Of a partition at a time. What is decoded takes several times as much, and a larger batch is read all the same. */
const FETCHED_BYTES = 256 * 1024;
/**
 * A pause between two fetches, in turns of the event loop: a busy process gets more records with the next. CPU of an order end
 * to end: 114 µs; without a pause 125, with 5 ms 132, with `minBytes` of 16 KiB 129. See docs/explanation/performance.md.
 */
const TURNS_BETWEEN_FETCHES = 16;
export const LEAVE_DEADLINE_MS = 3_000;

/** One kafkajs consumer, translated: it fetches, delivers to the member, and commits what it is told. */
export class KafkaMembership implements Membership, GroupHooks {
  readonly instanceId: string;
  readonly growth = new PartitionGrowth();
  private readonly logger: Logger;
  private readonly consumer: Consumer;
  private readonly lease: MembershipLease;
  private joined = false;
  /** From a crash until the next join. */
  private crashed = false;
  private leaving = false;
  private latestProblem: string | undefined;

  constructor(
    private readonly member: GroupMember,
    private readonly settings: Required<GroupSettings> & { readonly topic: string },
    private readonly client: Pick<KafkaClient, 'kafka' | 'destroy'>,
    private readonly admin: Admin,
  ) {
    this.instanceId = member.id;
    this.logger = member.logger;
    this.lease = new MembershipLease(settings, member.logger);
    const { groupId, sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs } = settings;
    this.consumer = client.kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatIntervalMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      partitionAssigners: [withGroupHooks(this)],
      allowAutoTopicCreation: false,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      maxWaitTimeInMs: 500,
      maxBytesPerPartition: FETCHED_BYTES,
      retry: {
        ...{ initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
        // else kafkajs would go on for ever, over connections that are closed
        restartOnFailure: () => Promise.resolve(!this.leaving),
      },
    });
    this.watch();
  }

  async join(): Promise<void> {
    try {
      await this.consumer.connect();
      await this.consumer.subscribe({ topic: this.settings.topic, fromBeginning: true });
    } catch (error) {
      this.latestProblem = failureText(error);
      throw error;
    }
    if (this.leaving) throw new Error('the group was left before it was joined');
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.deliver(payload),
    });
  }

  get isLeaving(): boolean {
    return this.leaving;
  }

  get problem(): string | undefined {
    return this.latestProblem;
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
    try {
      await disconnect(this.client, this.consumer, LEAVE_DEADLINE_MS);
    } catch (error) {
      this.logger.warn('the group was not left cleanly', { error });
    }
    this.joined = false;
  }

  /** Pauses all partitions: nobody takes what the fetches at other brokers bring during the drain. */
  async beforeJoin(): Promise<void> {
    this.joined = false;
    this.consumer.pause([{ topic: this.settings.topic }]);
    await this.member.beforeRejoin();
    this.lease.pause();
  }

  /** Begins at the committed positions, the member and kafkajs alike, however long the brokers take to say them. */
  async afterJoin(assigned: readonly Assignment[], heartbeat: Heartbeat): Promise<void> {
    if (!this.leaving) this.lease.beat(heartbeat);
    const partitions = assigned.flatMap(({ topic, partitions }) =>
      topic === this.settings.topic ? partitions : [],
    );
    await retry(() => this.begin(partitions), {
      delayMs: () => POSITIONS_RETRY_MS,
      isWorthIt: (error, attempt) => {
        const level = attempt === 1 ? 'info' : 'debug';
        this.latestProblem = failureText(error);
        this.logger[level]('waiting for the committed positions', { reason: this.latestProblem });
        return true;
      },
    });
  }

  private async begin(partitions: readonly number[]): Promise<void> {
    if (this.leaving) return;
    const positions = await startingPositions(this.admin, this.settings, partitions, this.logger);
    for (const [partition, { position }] of positions) this.seek(partition, position);
    this.joined = true;
    this.crashed = false;
    this.latestProblem = undefined;
    this.consumer.resume([{ topic: this.settings.topic }]);
    this.member.assigned(positions);
  }

  confirmed(sentAt: number): void {
    this.lease.renew(sentAt);
  }

  mayCommit(partition: number, position: bigint): boolean {
    return this.member.mayCommit(partition, position);
  }

  /** The member keeps what is in flight, and reads on behind what was deleted; a shorter partition needs a new join. */
  async outOfRange(partition: number, position: bigint): Promise<'read-on' | 'rejoin'> {
    const { topic, groupId } = this.settings;
    const endsIn = await logEnds(this.admin, topic);
    const start = startingPosition({ committed: position, metadata: '', ...endsIn(partition) });
    if (start.position < position) return 'rejoin';
    const deleted = { partition, from: position, to: start.position, records: [] };
    const next = this.member.received(deleted);
    if (next === deleted.to && start.problem !== undefined) {
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
   * dozen records, and has its response as soon as there is one record. Never throws: that would end the consumer.
   */
  private async deliver(payload: EachBatchPayload): Promise<void> {
    const batch = toBatch(payload.batch as unknown as FetchedBatch);
    const next = this.member.received(batch);
    if (next === batch.to) payload.resolveOffset(String(batch.to - 1n));
    else if (next !== undefined) this.seek(batch.partition, next);
    await eventLoopTurns(TURNS_BETWEEN_FETCHES);
  }

  private watch(): void {
    this.consumer.on(this.consumer.events.CRASH, ({ payload: { restart, error } }) => {
      if (this.leaving) return;
      this.joined = false;
      this.crashed = true;
      this.lease.pause();
      if (restart) {
        this.interrupted(error);
        return;
      }
      this.lease.end();
      this.member.failed(this.explain(error));
    });
  }

  /** That a broker asks to come again later is nothing unusual while it starts. The same reason is shown once, until it has joined. */
  private interrupted(error: Error): void {
    const message = 'reading was interrupted, joining again';
    const reason = failureText(error);
    if (isPassing(error)) this.logger.info(message, { reason });
    else if (reason !== this.latestProblem) this.logger.warn(message, { error });
    else this.logger.debug(message, { reason });
    this.latestProblem = reason;
  }

  private explain(error: Error & { readonly type?: string; readonly cause?: unknown }): Error {
    if (error.cause instanceof Error) return this.explain(error.cause);
    if (error.type !== 'FENCED_INSTANCE_ID') return error;
    const what = `another process has joined group '${this.settings.groupId}' as member '${this.instanceId}'`;
    return new Error(`${what}: each member needs an id of its own`, { cause: error });
  }
}
