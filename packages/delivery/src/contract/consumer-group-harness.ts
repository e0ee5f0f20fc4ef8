import { DeliveryEngine } from '../engine/delivery-engine.js';
import type { DeliverySettings } from '../engine/delivery-settings.js';
import type { Disposition, RecordHandler } from '../engine/record-handler.js';
import type { Positions, ReceivedRecord, RecordBatch, RecordSource } from '../engine/record-source.js';
import { silentLogger } from './silent-logger.js';
import type { TestPublisher, TestTopic } from './test-broker.js';
import { waitFor } from './wait-for.js';

const SETTINGS: Partial<DeliverySettings> = {
  maxPendingRecords: 1_000,
  commitIntervalMs: 50,
  rejoinDrainMs: 2_000,
  retryInitialMs: 20,
  retryMaxMs: 100,
};

const SURROUNDINGS = {
  logger: silentLogger,
  onFailure: (error: Error) => {
    throw error;
  },
};

const RETRY_AT_ONCE: Disposition = { kind: 'retry', delayMs: 1, mayBeOutage: false };

/** A replica that notes what its source gives it, and which partitions it pauses. */
export class TestReplica extends DeliveryEngine {
  isRunning = true;
  assignedPartitions: number[] = [];
  receivedCount = 0;
  readonly started: ReceivedRecord[] = [];
  readonly handled: ReceivedRecord[] = [];

  constructor(
    id: string,
    source: RecordSource,
    handler: RecordHandler,
    settings: Partial<DeliverySettings>,
    readonly pausedPartitions = new Set<number>(),
  ) {
    const watched = watchPauses(source, pausedPartitions);
    super(id, watched, handler, { ...SETTINGS, ...settings }, SURROUNDINGS);
  }

  override assigned(positions: Positions): void {
    this.pausedPartitions.clear();
    this.assignedPartitions = [...positions.keys()].sort();
    super.assigned(positions);
  }

  override received(batch: RecordBatch): bigint | undefined {
    const next = super.received(batch);
    if (next === batch.to) this.receivedCount += batch.records.length;
    return next;
  }

  override async stop(deadlineMs = 10_000): Promise<void> {
    this.isRunning = false;
    await super.stop(deadlineMs);
  }
}

function watchPauses(source: RecordSource, paused: Set<number>): RecordSource {
  return {
    membership: (member) => {
      const membership = source.membership(member);
      const pause = membership.pause.bind(membership);
      const resume = membership.resume.bind(membership);
      membership.pause = (partition) => {
        paused.add(partition);
        pause(partition);
      };
      membership.resume = (partition) => {
        paused.delete(partition);
        resume(partition);
      };
      return membership;
    },
  };
}

/** Replicas of one group on one topic, and what they handled. */
export class ConsumerGroupHarness {
  readonly replicas: TestReplica[] = [];
  /** Of the replicas that are started from now on. Without `decide` a record is retried at once. */
  handler: Partial<RecordHandler> = {};
  settings: Partial<DeliverySettings> = {};
  private readonly publisher: TestPublisher;
  private published = 0;

  constructor(
    private readonly topic: TestTopic,
    /** Of its own by default: other tests have replicas of the same names on the same broker at the same time. */
    readonly groupId = `group-of-${topic.name}`,
  ) {
    this.publisher = topic.publisher();
    this.publisher.start();
  }

  /** Starts `count` replicas, one after another. */
  async start(count: number): Promise<void> {
    for (let each = 0; each < count; each++) await this.startOne();
  }

  async startOne(): Promise<TestReplica> {
    const { handler } = this;
    const all: RecordHandler = {
      handle: async (record, attempt) => {
        replica.started.push(record);
        await handler.handle?.(record, attempt);
        replica.handled.push(record);
      },
      decide: (...failed) => handler.decide?.(...failed) ?? RETRY_AT_ONCE,
      deadLetter: async (...deadLettered) => {
        if (!handler.deadLetter) throw new Error('there are no dead letters here');
        await handler.deadLetter(...deadLettered);
      },
    };
    const id = `replica-${this.replicas.length + 1}`;
    const replica = new TestReplica(id, this.topic.source(this.groupId), all, this.settings);
    this.replicas.push(replica);
    await replica.start();
    return replica;
  }

  async stop(): Promise<void> {
    await Promise.all(this.running().map((replica) => replica.stop(100)));
    await this.publisher.close();
  }

  /** Publishes `count` messages, each with a key of its own, and returns the keys. */
  async publish(count: number): Promise<string[]> {
    const keys = Array.from({ length: count }, () => `key-${++this.published}`);
    const value = new Uint8Array(10);
    await Promise.all(keys.map((key) => this.publisher.publish({ key, value, headers: {} })));
    return keys;
  }

  /** Publishes messages with these values under one key, in this order. */
  async publishUnder(key: string, ...values: string[]): Promise<void> {
    for (const value of values) {
      await this.publisher.publish({ key, value: Buffer.from(value), headers: { says: value } });
    }
  }

  get handledCount(): number {
    return this.replicas.reduce((sum, { handled }) => sum + handled.length, 0);
  }

  handledKeys(): string[] {
    return sortedKeys(this.replicas.flatMap(({ handled }) => handled));
  }

  startedKeys(): string[] {
    return sortedKeys(this.replicas.flatMap(({ started }) => started));
  }

  assignments(): number[][] {
    return this.running().map(({ assignedPartitions }) => assignedPartitions);
  }

  /** Waits until at least `count` records were handled. */
  async waitForHandled(count: number): Promise<void> {
    await waitFor(`${count} handled`, () => this.handledCount >= count, { deadlineMs: 30_000 });
  }

  /** Waits until every replica is a member and each of the partitions belongs to one. */
  async waitForAssignment(partitions: number): Promise<void> {
    const all = String([...Array(partitions).keys()]);
    await waitFor('all partitions assigned', async () => {
      const states = await Promise.all(this.running().map((replica) => replica.check()));
      const areMembers = states.every(({ status }) => status === 'up');
      return areMembers && String(this.assignments().flat().sort()) === all;
    });
  }

  async waitForCommitted(positions: readonly bigint[]): Promise<void> {
    const expected = String(positions);
    const committed = async () => String(await this.topic.committed(this.groupId));
    await waitFor(`${expected} committed`, async () => (await committed()) === expected);
  }

  async waitForNoLag(): Promise<void> {
    await this.waitForCommitted(await this.topic.endOffsets());
  }

  private running(): TestReplica[] {
    return this.replicas.filter(({ isRunning }) => isRunning);
  }
}

/** Sorted, so that they can be compared as multisets. */
export function sortedKeys(records: readonly ReceivedRecord[]): string[] {
  return records.map(keyText).sort();
}

export const text = (bytes?: Uint8Array | null) => new TextDecoder().decode(bytes ?? undefined);
export const keyText = ({ key }: ReceivedRecord) => text(key);
