import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from '../../../application/ports/logger.js';
import type { GroupMember, Membership, Positions } from '../delivery/record-source.js';
import { toRecord } from './kafka-record.js';
import { startingPositions } from './starting-positions.js';

export interface KafkaSourceSettings {
  readonly topic: string;
  readonly groupId: string;
  /** A member that is silent for this long loses its partitions. */
  readonly sessionTimeoutMs: number;
  /** How soon a member notices a rebalance. */
  readonly heartbeatIntervalMs: number;
  /** How long a re-join waits for the members; above the drain that precedes it. */
  readonly rebalanceTimeoutMs: number;
}

/** What kafkajs has no hooks for; bootstrap passes in what supplies them. */
export interface GroupHooks {
  readonly instanceId: string;
  beforeJoin(): Promise<void>;
  afterJoin(assigned: readonly { topic: string; partitions: number[] }[]): Promise<void>;
  mayCommit(partition: number, position: bigint): boolean;
}

/** A client, and the end of its connections. */
export interface KafkaConnection {
  readonly kafka: Kafka;
  destroy(): void;
}

export type RunWithGroupHooks = <T>(hooks: GroupHooks, run: () => Promise<T>) => Promise<T>;

const POSITIONS_RETRY_MS = 200;
const LEAVE_DEADLINE_MS = 3_000;

/** One kafkajs consumer, translated: it fetches, hands in, and commits what it is told. */
export class KafkaMembership implements Membership, GroupHooks {
  readonly instanceId: string;
  private readonly consumer: Consumer;
  private joined = false;
  private leaving = false;
  private lastSignOfLife = 0;

  constructor(
    private readonly member: GroupMember,
    private readonly settings: KafkaSourceSettings,
    private readonly client: KafkaConnection,
    private readonly admin: Admin,
    private readonly runWithHooks: RunWithGroupHooks,
    private readonly logger: Logger,
  ) {
    this.instanceId = member.id;
    const { groupId, sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs } = settings;
    this.consumer = client.kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatIntervalMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 250,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    });
    this.watch();
  }

  async join(): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topic: this.settings.topic, fromBeginning: true });
    await this.runWithHooks(this, () =>
      this.consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.handIn(payload),
      }),
    );
  }

  isActive(): boolean {
    return this.joined && Date.now() - this.lastSignOfLife < this.settings.sessionTimeoutMs;
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
  }

  /** Seeds the member's positions, and kafkajs' own with the same ones, however long the brokers take to say them. */
  async afterJoin(assigned: readonly { topic: string; partitions: number[] }[]): Promise<void> {
    const partitions = assigned.flatMap(({ topic, partitions }) =>
      topic === this.settings.topic ? partitions : [],
    );
    while (!this.leaving) {
      try {
        const positions = await startingPositions(this.admin, this.settings, partitions, this.logger);
        for (const [partition, { position }] of positions) this.seek(partition, position);
        this.joined = true;
        this.lastSignOfLife = Date.now();
        this.consumer.resume([{ topic: this.settings.topic }]);
        this.member.assigned(positions);
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.info('waiting for the committed positions', { reason });
        await delay(POSITIONS_RETRY_MS);
      }
    }
  }

  mayCommit(partition: number, position: bigint): boolean {
    return this.member.mayCommit(partition, position);
  }

  private seek(partition: number, position: bigint): void {
    this.consumer.seek({ topic: this.settings.topic, partition, offset: String(position) });
  }

  /** Returns at once: kafkajs fetches nothing more, for any partition, while it waits. Never throws: that would end it. */
  private handIn(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition, messages } = batch;
    const last = batch.lastOffset();
    const from = BigInt((batch as typeof batch & { readonly fetchedOffset: string }).fetchedOffset);
    const to = BigInt(last) + 1n;
    const records = messages.map((message) => toRecord(topic, partition, message));
    const next = this.member.received({ partition, from, to, records });
    if (next === to) payload.resolveOffset(last);
    else if (next !== undefined) this.seek(partition, next);
    return Promise.resolve();
  }

  private watch(): void {
    const { CRASH, HEARTBEAT, REBALANCING, START_BATCH_PROCESS } = this.consumer.events;
    this.consumer.on(HEARTBEAT, () => {
      this.lastSignOfLife = Date.now();
    });
    this.consumer.on(REBALANCING, () => {
      this.joined = false;
    });
    this.consumer.on(CRASH, ({ payload }) => {
      this.joined = false;
      if (!payload.restart) this.member.failed(this.explained(payload.error));
      else this.logger.warn('the membership was lost, joining again', { error: payload.error });
    });
    // records that kafkajs filters out (markers of transactions) never come as a batch, but it moves on past them
    this.consumer.on(START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize > 0) return;
      const { partition, lastOffset } = payload;
      const firstOffset = payload.firstOffset as string | null;
      this.member.received({
        partition,
        from: BigInt(firstOffset ?? lastOffset),
        to: BigInt(lastOffset) + 1n,
        records: [],
      });
    });
  }

  private explained(error: Error & { readonly type?: string; readonly cause?: unknown }): Error {
    if (error.cause instanceof Error) return this.explained(error.cause);
    if (error.type !== 'FENCED_INSTANCE_ID') return error;
    const what = `another process has joined group '${this.settings.groupId}' as '${this.instanceId}'`;
    return new Error(`${what}: give each replica a REPLICA_ID of its own`, { cause: error });
  }
}
