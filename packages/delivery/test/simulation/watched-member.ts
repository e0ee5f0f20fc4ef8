import type { GroupMember, Positions, RecordBatch } from '../../src/engine/record-source.js';
import { placeOf, type Watch } from './watch.js';

/** The engine as its membership sees it, with an eye on how much it takes in. */
export class WatchedMember implements GroupMember {
  readonly id: string;
  private readonly expected = new Map<number, bigint>();
  /** Places of records that were taken and not done by anybody, by partition. */
  private readonly inHand = new Map<number, Set<string>>();

  constructor(
    private readonly member: GroupMember,
    private readonly watch: Watch,
  ) {
    this.id = member.id;
  }

  beforeRejoin(): Promise<void> {
    return this.member.beforeRejoin();
  }

  assigned(positions: Positions): void {
    this.inHand.clear();
    for (const [partition, { position }] of positions) {
      this.expected.set(partition, position);
      this.inHand.set(partition, new Set());
    }
    this.member.assigned(positions);
  }

  received(batch: RecordBatch): bigint | undefined {
    const next = this.member.received(batch);
    const inHand = this.inHand.get(batch.partition);
    if (next === undefined || inHand === undefined) return next;
    const taken = next > (this.expected.get(batch.partition) ?? next);
    this.expected.set(batch.partition, next);
    if (!taken) return next;
    for (const record of batch.records) inHand.add(placeOf(record));
    for (const place of inHand) if (this.watch.handled.has(place)) inHand.delete(place);
    this.watch.inHand(batch.partition, inHand.size);
    return next;
  }

  mayCommit(partition: number, position: bigint): boolean {
    return this.member.mayCommit(partition, position);
  }

  failed(error: Error): void {
    this.member.failed(error);
  }
}
