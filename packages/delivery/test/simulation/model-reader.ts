import type { GroupMember, RecordBatch } from '../../src/engine/record-source.js';
import type { Conditions } from './conditions.js';
import type { ModelLog } from './model-log.js';
import type { Random } from './random.js';
import type { ReplicaProcess } from './replica-process.js';

const REFETCH_MS = 100;
const LATEST_MS = 3_000;

/** Everything that the reading of partitions goes on in. */
export interface ReadingEnvironment {
  readonly member: GroupMember;
  readonly process: ReplicaProcess;
  readonly log: ModelLog;
  /** The most records of a batch. */
  readonly fetchLimit: number;
  readonly conditions: Conditions;
  readonly random: Random;
}

/**
 * Reads one partition from a join to the next. A fetch can't be called back: when the reader was closed meanwhile, what
 * it brings is handed in all the same, and `handedIn` tells whoever reads the partition now.
 */
export class ModelReader {
  private fetching = false;
  private paused = false;
  private closed = false;

  constructor(
    private readonly partition: number,
    private position: bigint,
    private readonly environment: ReadingEnvironment,
    private readonly handedIn: (partition: number, next: bigint) => void,
  ) {}

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.fetch();
  }

  seek(position: bigint): void {
    this.position = position;
  }

  close(): void {
    this.closed = true;
  }

  fetch(): void {
    if (this.fetching || this.paused || this.closed) return;
    this.fetching = true;
    void this.fetchOnce().finally(() => {
      this.fetching = false;
      this.fetch();
    });
  }

  private async fetchOnce(): Promise<void> {
    const { process, random, conditions } = this.environment;
    const isStray = random.chance(conditions.strayBatches);
    const batch = await process.request(() => this.read(isStray));
    if (isStray) await process.wait(random.int(0, LATEST_MS));
    const taken = this.handIn(batch);
    if (isStray && random.chance(0.3)) this.handIn(batch);
    if (!taken) await process.wait(REFETCH_MS);
  }

  /** A stray one may begin further on. */
  private async read(isStray: boolean): Promise<RecordBatch> {
    const { log, random, fetchLimit } = this.environment;
    await log.readable(this.partition, this.position);
    const skipped = isStray ? random.int(0, 2) : 0;
    const from = Math.min(Number(this.position) + skipped, log.end(this.partition) - 1);
    return log.read(this.partition, BigInt(from), random.int(1, fetchLimit));
  }

  /** Whether the partition is the member's at all. */
  private handIn(batch: RecordBatch): boolean {
    const next = this.environment.member.received(batch);
    if (next !== undefined) this.handedIn(this.partition, next);
    return next !== undefined;
  }
}
