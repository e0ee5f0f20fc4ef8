import { setTimeout as delay } from 'node:timers/promises';
import { DeliveryEngine } from '../engine/delivery-engine.js';
import type { DeliverySettings } from '../engine/delivery-settings.js';
import type { RecordHandler } from '../engine/record-handler.js';
import type { GroupMember, Membership, RecordSource } from '../engine/record-source.js';
import { systemTimers } from '../engine/timers.js';
import type { LoggedRecord, TestPublisher, TestTopic } from './test-broker.js';
import { silentLogger } from './silent-logger.js';
import { waitFor } from './wait-for.js';

export interface Handled {
  readonly key: string;
  readonly partition: number;
}

/** A source that notes what passes between it and its one member. */
class WatchedSource implements RecordSource {
  readonly paused = new Set<number>();
  partitions: number[] = [];
  received = 0;

  constructor(private readonly source: RecordSource) {}

  membership(member: GroupMember): Membership {
    const membership = this.source.membership({
      id: member.id,
      beforeRejoin: () => member.beforeRejoin(),
      mayCommit: (partition, position) => member.mayCommit(partition, position),
      failed: (error) => member.failed(error),
      assigned: (positions) => {
        this.paused.clear();
        this.partitions = [...positions.keys()].sort();
        member.assigned(positions);
      },
      received: (batch) => {
        const next = member.received(batch);
        if (next === batch.to) this.received += batch.records.length;
        return next;
      },
    });
    return {
      join: () => membership.join(),
      leave: () => membership.leave(),
      isActive: () => membership.isActive(),
      commit: (positions) => membership.commit(positions),
      pause: (partition) => {
        this.paused.add(partition);
        membership.pause(partition);
      },
      resume: (partition) => {
        this.paused.delete(partition);
        membership.resume(partition);
      },
    };
  }
}

export interface Replica {
  readonly engine: DeliveryEngine;
  readonly source: WatchedSource;
  readonly started: Handled[];
  readonly handled: Handled[];
  readonly partitions: readonly number[];
  stop(deadlineMs?: number): Promise<void>;
}

const SETTINGS: DeliverySettings = {
  concurrency: 200,
  maxPendingRecords: 1_000,
  maxPendingBytes: 1_000_000,
  commitIntervalMs: 50,
  handlerTimeoutMs: 30_000,
  rejoinDrainMs: 2_000,
  retryInitialMs: 20,
  retryMaxMs: 100,
};

const RETRIED_AT_ONCE: Pick<RecordHandler, 'decide' | 'deadLetter'> = {
  decide: () => ({ kind: 'retry', delayMs: 1, mayBeOutage: false }),
  deadLetter: () => Promise.reject(new Error('there are no dead letters here')),
};

/** Replicas of one group on one topic, and what they did. */
export class ConsumerGroupHarness {
  readonly replicas: Replica[] = [];
  handler: Partial<RecordHandler> = {};
  workMs = 0;
  settings: Partial<DeliverySettings> = {};
  private readonly present = new Set<DeliveryEngine>();
  private publisher: TestPublisher | undefined;
  private published = 0;

  constructor(
    private readonly topic: TestTopic,
    /** Of its own by default: other files have replicas of the same names on the same Kafka at the same time. */
    readonly group = `crew-of-${topic.name}`,
  ) {}

  /** Starts `count` replicas, one after another, each with the handler of this moment. */
  async hire(count: number): Promise<Replica[]> {
    const hired = Array.from({ length: count }, () => this.replica());
    for (const { engine } of hired) {
      this.present.add(engine);
      await engine.start();
    }
    return hired;
  }

  /** Publishes `count` messages under keys of their own, and answers the keys. */
  async publish(count: number): Promise<string[]> {
    const publisher = this.openPublisher();
    const keys = Array.from({ length: count }, () => `order-${++this.published}`);
    await Promise.all(keys.map((key) => publisher.publish({ key, value: new Uint8Array(10), headers: {} })));
    return keys;
  }

  /** Publishes messages with these values under one key, in this order. */
  async publishAs(key: string, ...values: string[]): Promise<void> {
    for (const value of values) {
      await this.openPublisher().publish({ key, value: Buffer.from(value), headers: { says: value } });
    }
  }

  publishedRecords(): Promise<LoggedRecord[]> {
    return this.topic.records();
  }

  handledKeys(): string[] {
    return this.replicas.flatMap(({ handled }) => handled.map(({ key }) => key));
  }

  started(): string[] {
    return this.replicas.flatMap(({ started }) => started.map(({ key }) => key));
  }

  assignments(): (readonly number[])[] {
    return this.presentReplicas().map(({ partitions }) => partitions);
  }

  /** Waits until at least `count` records were handled. */
  async handledAll(count: number): Promise<void> {
    await waitFor(`${count} handled`, () => this.handledKeys().length >= count, { deadlineMs: 30_000 });
  }

  /** Waits until every replica is a member and each of the partitions belongs to one. */
  async settled(partitions: number): Promise<void> {
    const all = String(Array.from({ length: partitions }, (_, partition) => partition));
    await waitFor('all partitions assigned', async () => {
      const replicas = this.presentReplicas();
      const states = await Promise.all(replicas.map(({ engine }) => engine.check()));
      return (
        states.every(({ status }) => status === 'up') && String(this.assignments().flat().sort()) === all
      );
    });
  }

  async dismiss(): Promise<void> {
    await Promise.all([...this.present].map((engine) => engine.stop(100)));
    await this.publisher?.close();
  }

  private openPublisher(): TestPublisher {
    if (this.publisher === undefined) {
      this.publisher = this.topic.publisher();
      this.publisher.start();
    }
    return this.publisher;
  }

  private presentReplicas(): Replica[] {
    return this.replicas.filter(({ engine }) => this.present.has(engine));
  }

  private replica(): Replica {
    const source = new WatchedSource(this.topic.source(this.group));
    const started: Handled[] = [];
    const handled: Handled[] = [];
    const { handler } = this;
    const handle: RecordHandler['handle'] = async (record, attempt) => {
      const entry = { key: new TextDecoder().decode(record.key ?? undefined), partition: record.partition };
      started.push(entry);
      if (this.workMs > 0) await delay(this.workMs);
      await handler.handle?.(record, attempt);
      handled.push(entry);
    };
    const engine = new DeliveryEngine(
      `replica-${this.replicas.length + 1}`,
      source,
      { ...RETRIED_AT_ONCE, ...handler, handle },
      { ...SETTINGS, ...this.settings },
      {
        timers: systemTimers,
        clock: { now: () => new Date() },
        logger: silentLogger,
        onFailure: (error) => {
          throw error;
        },
      },
    );
    const replica: Replica = {
      engine,
      source,
      started,
      handled,
      get partitions() {
        return source.partitions;
      },
      stop: async (deadlineMs = 10_000) => {
        this.present.delete(engine);
        await engine.stop(deadlineMs);
      },
    };
    this.replicas.push(replica);
    return replica;
  }
}
