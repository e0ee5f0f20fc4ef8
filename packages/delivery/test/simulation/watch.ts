import type { Attempt } from '../../src/engine/record-handler.js';
import type { ReceivedRecord } from '../../src/engine/record-source.js';
import type { ReplicaProcess } from './replica-process.js';

export interface Worker {
  readonly process: ReplicaProcess;
  readonly memberId: number;
}

interface RunningAttempt extends Worker {
  readonly record: ReceivedRecord;
  readonly key: string;
  readonly attempt: Attempt;
}

export interface WatchLimits {
  readonly maxAttempts: number;
  readonly maxPending: number;
  /** No failed attempt is ever forgotten. */
  readonly gentle: boolean;
}

/** What all replicas of a history have in flight, and the promises about it that were broken. */
export class Watch {
  readonly broken: { rule: string; text: string }[] = [];
  /** By place: how often a record was completed. */
  readonly handled = new Map<string, number>();
  /** Places of records that were dead-lettered when few different keys had failed in a row. */
  readonly deadLetteredAlone = new Set<string>();
  /** The kinds of what the handlers decided. */
  readonly dispositions = new Set<string>();
  /** By place: the last attempt that began. */
  private readonly numbers = new Map<string, number>();
  private readonly highest = new Map<string, number>();
  /** Attempts that ended because of an outage: the next one must bear the same number. */
  private readonly uncounted = new Map<string, number>();
  private readonly running = new Set<RunningAttempt>();

  /** @param ownerOf the member that a partition is of, as the group has it */
  constructor(
    private readonly limits: WatchLimits,
    private readonly ownerOf: (partition: number) => number | undefined,
  ) {}

  breaks(rule: string, text: string): void {
    this.broken.push({ rule, text });
  }

  /** So many records of a partition are pending in one replica. */
  pending(partition: number, records: number): void {
    if (records > this.limits.maxPending)
      this.breaks('pending', `${records} records of partition ${partition}`);
  }

  /** Of two processes under one name the one that is fenced learns it at its next heartbeat. */
  mustOwn({ memberId, process }: Worker, record: ReceivedRecord, what: string): void {
    const owner = this.ownerOf(record.partition);
    if (owner === undefined || owner === memberId || process.hasTwin) return;
    this.breaks('ownership', `${placeName(record)} ${what} at another replica than its owner`);
  }

  started(run: RunningAttempt): void {
    const { record, process, attempt } = run;
    this.mustOwn(run, record, 'began');
    this.count(placeName(record), attempt.number);
    for (const other of this.running) {
      if (other.key !== run.key) continue;
      if (other.process === process) this.breaks('key order', `${describeBoth(run, other)} in one replica`);
      else if (process.hasTwin || other.process.hasTwin) continue;
      else if (other.process.runs && other.attempt.mayTakeEffect()) {
        this.breaks('key order', `${describeBoth(run, other)} in two replicas`);
      }
    }
    this.running.add(run);
  }

  /** An attempt of this number ended because of an outage. A twin may count one of its own. */
  mustNotCount({ process }: Worker, record: ReceivedRecord, attempt: number): void {
    const place = placeName(record);
    if (!process.hasTwin && attempt === this.highest.get(place)) this.uncounted.set(place, attempt);
  }

  ended(run: RunningAttempt): void {
    this.running.delete(run);
  }

  completed(record: ReceivedRecord): void {
    const place = placeName(record);
    this.handled.set(place, (this.handled.get(place) ?? 0) + 1);
  }

  private count(place: string, number: number): void {
    const { maxAttempts, gentle } = this.limits;
    const before = this.numbers.get(place) ?? 1;
    const uncounted = this.uncounted.get(place) ?? number;
    if (number < 1 || number > maxAttempts) this.breaks('attempts', `number ${number} at ${place}`);
    if (number > uncounted)
      this.breaks('attempts', `number ${uncounted} was counted in an outage, at ${place}`);
    if (number < before && gentle) this.breaks('attempts', `number ${number} at ${place} after ${before}`);
    this.numbers.set(place, number);
    this.highest.set(place, Math.max(number, this.highest.get(place) ?? 1));
    this.uncounted.delete(place);
  }
}

export function placeName({ partition, offset }: ReceivedRecord): string {
  return `${partition}@${offset}`;
}

export function keyName(record: ReceivedRecord): string {
  return record.key === null ? placeName(record) : Buffer.from(record.key).toString('latin1');
}

function describeBoth(one: RunningAttempt, other: RunningAttempt): string {
  return `${placeName(one.record)} and ${placeName(other.record)} were in flight at the same time`;
}
