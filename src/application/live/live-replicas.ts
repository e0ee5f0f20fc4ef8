import type { ReplicaReport } from '../ports/replica-reports.js';
import { BUCKETS } from './completion-times.js';
import type { Move, ReplicaView } from './live-view.js';
import { PartitionMoves } from './partition-moves.js';
import { ReplicaSighting, type Progress } from './replica-sighting.js';

/** More can only be somebody who writes into the topic without being a replica. */
const MAX_REPLICAS = 1_000;

const byName = new Intl.Collator('en', { numeric: true });

/** What was done by all replicas since somebody asked. */
export interface AllProgress extends Progress {
  readonly completionTimes: number[];
}

/** The replicas of the group, as their reports show them. Pure: whoever calls says what time it is. */
export class LiveReplicas {
  private readonly sightings = new Map<string, ReplicaSighting>();
  private readonly partitions = new PartitionMoves();
  private progress = noProgress();

  received(report: ReplicaReport, now: number): void {
    const known = this.sightings.get(report.replica);
    if (known !== undefined) this.add(known.received(report, now));
    else if (this.sightings.size < MAX_REPLICAS) {
      this.sightings.set(report.replica, new ReplicaSighting(report, now));
    }
    this.partitions.update(this.sightings, now);
  }

  /** Forgets who is gone for long, and finds out what nobody has. */
  tick(now: number): void {
    for (const [id, sighting] of this.sightings) if (sighting.isForgottenAt(now)) this.sightings.delete(id);
    this.partitions.update(this.sightings, now);
  }

  /** Whether a replica of that name reports, and has not stopped. */
  isAlive(id: string, now: number): boolean {
    return this.sightings.get(id)?.isAliveAt(now) ?? false;
  }

  /** Newest first. */
  get moves(): readonly Move[] {
    return this.partitions.latest;
  }

  /** By name. @param lag by partition */
  views(now: number, lag: ReadonlyMap<number, number>): ReplicaView[] {
    return [...this.sightings.values()]
      .map((sighting) => sighting.view(now, lag))
      .sort((a, b) => byName.compare(a.id, b.id));
  }

  /** Of all replicas since it was taken last. */
  get progressSoFar(): AllProgress {
    return this.progress;
  }

  /** Of all replicas since the last call. Not what a replica had done before its first report was seen. */
  takeProgress(): AllProgress {
    const { progress } = this;
    this.progress = noProgress();
    return progress;
  }

  private add({ completed, retried, deadLettered, completionTimes }: Progress): void {
    this.progress = {
      completed: this.progress.completed + completed,
      retried: this.progress.retried + retried,
      deadLettered: this.progress.deadLettered + deadLettered,
      completionTimes: this.progress.completionTimes.map(
        (count, bucket) => count + (completionTimes[bucket] ?? 0),
      ),
    };
  }
}

function noProgress(): AllProgress {
  return {
    completed: 0,
    retried: 0,
    deadLettered: 0,
    completionTimes: new Array<number>(BUCKETS).fill(0),
  };
}
