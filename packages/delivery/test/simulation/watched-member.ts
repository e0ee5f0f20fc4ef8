import type { Logger } from '../../src/engine/logger.js';
import type { GroupMember, Positions, RecordBatch } from '../../src/engine/record-source.js';
import { placeName, type Watch } from './watch.js';

/** The engine as its membership sees it, with an eye on how many records it takes. */
export class WatchedMember implements GroupMember {
  readonly id: string;
  readonly logger: Logger;
  private readonly expected = new Map<number, bigint>();
  /** Places of records that were taken and that nobody has completed, by partition. */
  private readonly pending = new Map<number, Set<string>>();

  constructor(
    private readonly member: GroupMember,
    private readonly watch: Watch,
  ) {
    this.id = member.id;
    this.logger = member.logger;
  }

  beforeRejoin(): Promise<void> {
    return this.member.beforeRejoin();
  }

  assigned(positions: Positions): void {
    this.pending.clear();
    for (const [partition, { position }] of positions) {
      this.expected.set(partition, position);
      this.pending.set(partition, new Set());
    }
    this.member.assigned(positions);
  }

  received(batch: RecordBatch): bigint | undefined {
    const next = this.member.received(batch);
    const pending = this.pending.get(batch.partition);
    if (next === undefined || pending === undefined) return next;
    const taken = next > (this.expected.get(batch.partition) ?? next);
    this.expected.set(batch.partition, next);
    if (!taken) return next;
    for (const record of batch.records) pending.add(placeName(record));
    for (const place of pending) if (this.watch.handled.has(place)) pending.delete(place);
    this.watch.pending(batch.partition, pending.size);
    return next;
  }

  mayCommit(partition: number, position: bigint): boolean {
    return this.member.mayCommit(partition, position);
  }

  failed(error: Error): void {
    this.member.failed(error);
  }
}
