import type { Attempt } from '../../src/engine/record-handler.js';
import type { ReceivedRecord } from '../../src/engine/record-source.js';
import type { ReplicaProcess } from './replica-process.js';

export interface Worker {
  readonly process: ReplicaProcess;
  readonly memberId: number;
}

interface Work extends Worker {
  readonly record: ReceivedRecord;
  readonly lane: string;
  readonly attempt: Attempt;
}

export interface WatchLimits {
  readonly maxAttempts: number;
  readonly maxInHand: number;
  /** What was spent on a record is never forgotten. */
  readonly gentle: boolean;
}

/** What all replicas of a history have at work, and the promises about it that were broken. */
export class Watch {
  readonly broken: { rule: string; text: string }[] = [];
  /** By place: how often a record was carried out, or put aside, to its end. */
  readonly handled = new Map<string, number>();
  /** Places of records that were given up when few different orders had failed in a row. */
  readonly givenUpAlone = new Set<string>();
  /** By place: the last attempt that began. */
  private readonly numbers = new Map<string, number>();
  private readonly highest = new Map<string, number>();
  /** The last attempts of records that ended as the store was away: the next one must bear the same number. */
  private readonly unspent = new Map<string, number>();
  private readonly works = new Set<Work>();

  /** @param ownerOf the member that a partition is of, as the group has it */
  constructor(
    private readonly limits: WatchLimits,
    private readonly ownerOf: (partition: number) => number | undefined,
  ) {}

  breaks(rule: string, text: string): void {
    this.broken.push({ rule, text });
  }

  /** So many records of a partition were taken by one replica and are not done. */
  inHand(partition: number, records: number): void {
    if (records > this.limits.maxInHand)
      this.breaks('in hand', `${records} records of partition ${partition}`);
  }

  /** Of two processes under one name the one that is fenced learns it at its next heartbeat. */
  mustOwn({ memberId, process }: Worker, record: ReceivedRecord, what: string): void {
    const owner = this.ownerOf(record.partition);
    if (owner === undefined || owner === memberId || process.hasTwin) return;
    this.breaks('ownership', `${placeOf(record)} ${what} at another replica than its owner`);
  }

  started(work: Work): void {
    const { record, process, attempt } = work;
    this.mustOwn(work, record, 'began');
    this.count(placeOf(record), attempt.number);
    for (const other of this.works) {
      if (other.lane !== work.lane) continue;
      if (other.process === process) this.breaks('lanes', `${bothOf(work, other)} in one replica`);
      else if (process.hasTwin || other.process.hasTwin) continue;
      else if (other.process.runs && other.attempt.mayTakeEffect()) {
        this.breaks('lanes', `${bothOf(work, other)} in two replicas`);
      }
    }
    this.works.add(work);
  }

  foundStoreAway({ record, attempt }: Work): void {
    if (!attempt.mayTakeEffect() || attempt.signal.aborted) return;
    const place = placeOf(record);
    // a twin that was here before may have spent more, and noted it where this one did not look
    if (attempt.number === this.highest.get(place)) this.unspent.set(place, attempt.number);
  }

  ended(work: Work): void {
    this.works.delete(work);
  }

  done(record: ReceivedRecord): void {
    const place = placeOf(record);
    this.handled.set(place, (this.handled.get(place) ?? 0) + 1);
  }

  private count(place: string, number: number): void {
    const { maxAttempts, gentle } = this.limits;
    const before = this.numbers.get(place) ?? 1;
    const unspent = this.unspent.get(place) ?? number;
    if (number < 1 || number > maxAttempts) this.breaks('attempts', `number ${number} at ${place}`);
    if (number > unspent) this.breaks('attempts', `an outage spent number ${unspent} at ${place}`);
    if (number < before && gentle) this.breaks('attempts', `number ${number} at ${place} after ${before}`);
    this.numbers.set(place, number);
    this.highest.set(place, Math.max(number, this.highest.get(place) ?? 1));
    this.unspent.delete(place);
  }
}

export function placeOf({ partition, offset }: ReceivedRecord): string {
  return `${partition}@${offset}`;
}

export function laneOf(record: ReceivedRecord): string {
  return record.key === null ? placeOf(record) : Buffer.from(record.key).toString('latin1');
}

function bothOf(one: Work, other: Work): string {
  return `${placeOf(one.record)} and ${placeOf(other.record)} were at work side by side`;
}
