import type { Membership, Positions } from '../../src/engine/record-source.js';
import {
  CoordinatorRefusal,
  type ModelCoordinator,
  type RefusalCode,
  type Speaker,
} from './model-coordinator.js';
import { ModelReader, type ReadingEnvironment } from './model-reader.js';
import { Connection } from './replica-process.js';

export interface MembershipSettings {
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
}

const RETRY_MS = 100;
const COMMIT_TRIES = 5;
const REQUEST_TIMEOUT_MS = 3_000;

/** The client's side of the group, with the manners of kafkajs. */
export class ModelMembership implements Membership {
  private readonly readers = new Map<number, ModelReader>();
  private readonly connection = new Connection();
  private generation = -1;
  private firstJoin = true;
  private left = false;
  private joining: Promise<void> | undefined;
  private sessionEndsAt = -Infinity;

  /** @param memberId another one for each process that runs under the member's id */
  constructor(
    private readonly memberId: number,
    private readonly coordinator: ModelCoordinator,
    private readonly settings: MembershipSettings,
    private readonly environment: ReadingEnvironment,
  ) {}

  async join(): Promise<void> {
    await this.rejoin();
    this.scheduleHeartbeat();
  }

  isActive(): boolean {
    return !this.left && this.process.now() < this.sessionEndsAt;
  }

  pause(partition: number): void {
    this.readers.get(partition)?.pause();
  }

  resume(partition: number): void {
    this.readers.get(partition)?.resume();
  }

  /** Each try goes out under the generation of its moment. Once it has left nothing is committed. */
  async commit(positions: Positions): Promise<void> {
    const { random } = this.environment;
    for (let tries = 1; !this.left; tries++) {
      const allowed = new Map(
        [...positions].filter(([partition, { position }]) => this.member.mayCommit(partition, position)),
      );
      if (allowed.size === 0) return;
      const speaker = this.speaker();
      try {
        await this.ask(() => this.committed(speaker, allowed));
        return;
      } catch (error) {
        if (!isRefusal(error, 'COORDINATOR_NOT_AVAILABLE') || tries === COMMIT_TRIES) throw error;
      }
      await this.process.wait(random.int(RETRY_MS, 4 * RETRY_MS));
    }
  }

  async leave(): Promise<void> {
    this.left = true;
    this.closeReaders();
    try {
      await this.ask(() => {
        this.coordinator.leave(this.member.id, this.memberId);
      });
    } catch (error) {
      if (!isRefusal(error, 'COORDINATOR_NOT_AVAILABLE')) throw error;
    }
  }

  /** At the coordinator. What gets lost may be the response or the request, which shows in the time it takes to give up. */
  private async committed(speaker: Speaker, positions: Positions): Promise<void> {
    const { random, conditions, process } = this.environment;
    const isLost = random.chance(conditions.lostCommits);
    if (!isLost || random.chance(0.5)) this.coordinator.commit(speaker, positions);
    if (!isLost) return;
    await process.wait(random.int(0, REQUEST_TIMEOUT_MS));
    throw new CoordinatorRefusal('COORDINATOR_NOT_AVAILABLE');
  }

  private scheduleHeartbeat(): void {
    this.process.after(this.settings.heartbeatIntervalMs, () => {
      void this.heartbeat().finally(() => {
        if (!this.left) this.scheduleHeartbeat();
      });
    });
  }

  private async heartbeat(): Promise<void> {
    if (this.joining !== undefined || this.left) return;
    const sentAt = this.process.now();
    const speaker = this.speaker();
    try {
      await this.ask(() => {
        this.coordinator.heartbeat(speaker);
      });
      if (speaker.generation === this.generation) this.heardOfAt(sentAt);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (!isRefusal(error, 'COORDINATOR_NOT_AVAILABLE')) await this.rejoin();
    }
  }

  /** The session goes on from when the coordinator heard, which may be long before the response is read. */
  private heardOfAt(sentAt: number): void {
    this.sessionEndsAt = sentAt + this.settings.sessionTimeoutMs;
  }

  private rejoin(): Promise<void> {
    this.joining ??= this.joinAgain().finally(() => {
      this.joining = undefined;
    });
    return this.joining;
  }

  private async joinAgain(): Promise<void> {
    while (!this.left) {
      await this.drains();
      try {
        await this.joinOnce();
        return;
      } catch (error) {
        if (!(error instanceof CoordinatorRefusal)) throw error;
        if (isRefusal(error, 'FENCED_INSTANCE_ID')) {
          this.left = true;
          this.member.failed(error);
        }
      }
      await this.process.wait(RETRY_MS);
    }
  }

  /** Joins may overlap: the fetch loop of kafkajs comes to one too. */
  private async drains(): Promise<void> {
    const { random } = this.environment;
    const drain = async (delayMs: number) => {
      await this.process.wait(delayMs);
      await this.member.beforeRejoin();
    };
    await Promise.all(random.chance(0.3) ? [drain(0), drain(random.int(0, 50))] : [drain(0)]);
  }

  private async joinOnce(): Promise<void> {
    if (this.left) return;
    const { id } = this.member;
    const place = await this.ask(() => this.coordinator.join(id, this.memberId, this.firstJoin));
    this.firstJoin = false;
    this.generation = place.generation;
    const sentAt = this.process.now();
    const speaker = this.speaker();
    await this.ask(() => {
      this.coordinator.sync(speaker);
    });
    this.begin(await this.positionsOf(place.partitions), sentAt);
  }

  private begin(positions: Positions, sentAt: number): void {
    if (this.left) return;
    this.heardOfAt(sentAt);
    this.closeReaders();
    for (const [partition, { position }] of positions) {
      this.readers.set(partition, this.readerOf(partition, position));
    }
    this.member.assigned(positions);
    for (const reader of this.readers.values()) reader.fetch();
  }

  private async positionsOf(partitions: readonly number[]): Promise<Positions> {
    const { log } = this.environment;
    const start = (partition: number) => ({ position: BigInt(log.start(partition)), metadata: '' });
    while (!this.left) {
      try {
        return await this.ask(
          () =>
            new Map(
              partitions.map((each) => [each, this.coordinator.committed(each) ?? start(each)] as const),
            ),
        );
      } catch (error) {
        if (!isRefusal(error, 'COORDINATOR_NOT_AVAILABLE')) throw error;
        await this.process.wait(RETRY_MS);
      }
    }
    return new Map();
  }

  private readerOf(partition: number, position: bigint): ModelReader {
    return new ModelReader(partition, position, this.environment, (of, next) =>
      this.readers.get(of)?.seek(next),
    );
  }

  private closeReaders(): void {
    for (const reader of this.readers.values()) reader.close();
    this.readers.clear();
  }

  private speaker(): Speaker {
    return { instanceId: this.member.id, memberId: this.memberId, generation: this.generation };
  }

  /** All that concerns the group goes over one connection. */
  private ask<T>(serve: () => T | Promise<T>): Promise<T> {
    return this.process.request(serve, this.connection);
  }

  private get member() {
    return this.environment.member;
  }

  private get process() {
    return this.environment.process;
  }
}

function isRefusal(error: unknown, ...codes: RefusalCode[]): boolean {
  return error instanceof CoordinatorRefusal && (codes.length === 0 || codes.includes(error.code));
}
