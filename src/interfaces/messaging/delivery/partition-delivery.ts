import type { ReceivedRecord, RecordBatch } from './record-source.js';

/** What becomes of a record after an attempt at it failed. */
export type Disposition =
  /** Once more after `delayMs`, as the next attempt. */
  | { readonly kind: 'retry'; readonly delayMs: number }
  /** A dependency is away: once more after `delayMs`, and no attempt is spent. */
  | { readonly kind: 'suspend'; readonly delayMs: number }
  /** It can never be carried out. The partition stops here, as a record is never skipped. */
  | { readonly kind: 'halt' };

export interface RecordHandler {
  /** Carries a record out; resolves when its effect is saved. */
  handle(record: ReceivedRecord, attempt: number): Promise<void>;
  /** What to do after `handle` rejected with `error`. */
  decide(error: unknown, record: ReceivedRecord, attempt: number): Disposition;
}

/** One partition while it is this replica's: its records are carried out one after another. */
export class PartitionDelivery {
  private readonly queue: ReceivedRecord[] = [];
  private next: bigint;
  private finished: bigint;
  private committed: bigint;
  private working = false;
  private stopping = false;
  private halted: ReceivedRecord | undefined;
  private endWait: (() => void) | undefined;
  private readonly onIdle: (() => void)[] = [];

  constructor(
    position: bigint,
    private readonly handler: RecordHandler,
    private readonly onProgress: () => void,
  ) {
    this.next = this.finished = this.committed = position;
  }

  /** Records that were taken and are not done. */
  get open(): number {
    return this.queue.length;
  }

  /** The record that stopped the partition. */
  get haltedAt(): ReceivedRecord | undefined {
    return this.halted;
  }

  /** The position to commit: all below it is done. `undefined` when it is committed already. */
  get uncommitted(): bigint | undefined {
    return this.finished > this.committed ? this.finished : undefined;
  }

  mayCommit(position: bigint): boolean {
    return position >= this.committed && position <= this.finished;
  }

  wasCommitted(position: bigint): void {
    if (position > this.committed) this.committed = position;
  }

  /** Takes a batch only when it begins where the last one ended. Answers the position expected next. */
  offer(batch: RecordBatch): bigint {
    if (batch.from === this.next && !this.stopping) {
      this.next = batch.to;
      if (this.queue.length === 0 && !this.working) this.finished = batch.records[0]?.offset ?? batch.to;
      for (const record of batch.records) this.queue.push(record);
      if (!this.working) void this.work();
    }
    return this.next;
  }

  /** Starts nothing more; resolves when the record at work has settled. A record that waits for a retry is let go. */
  async drain(): Promise<void> {
    this.stopping = true;
    this.endWait?.();
    if (this.working) await new Promise<void>((resolve) => this.onIdle.push(resolve));
  }

  private async work(): Promise<void> {
    this.working = true;
    for (let record = this.queue[0]; record !== undefined && this.goesOn; record = this.queue[0]) {
      if (!(await this.carryOut(record))) break;
      this.queue.shift();
      this.finished = this.queue[0]?.offset ?? this.next;
      this.onProgress();
    }
    this.working = false;
    for (const resolve of this.onIdle.splice(0)) resolve();
  }

  private get goesOn(): boolean {
    return !this.stopping && this.halted === undefined;
  }

  /** Whether the record is done. */
  private async carryOut(record: ReceivedRecord): Promise<boolean> {
    for (let attempt = 1; this.goesOn;) {
      try {
        await this.handler.handle(record, attempt);
        return true;
      } catch (error) {
        const disposition = this.handler.decide(error, record, attempt);
        if (disposition.kind === 'halt') {
          this.halted = record;
          this.onProgress();
          return false;
        }
        if (disposition.kind === 'retry') attempt++;
        await this.wait(disposition.delayMs);
      }
    }
    return false;
  }

  private async wait(delayMs: number): Promise<void> {
    if (this.stopping) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.endWait = resolve;
      timer = setTimeout(resolve, delayMs);
    });
    clearTimeout(timer);
    this.endWait = undefined;
  }
}
