import type { GroupLag, PartitionLag } from '../ports/group-lag.js';
import type { GroupMoment } from './live-history.js';
import { toRate } from './replica-sighting.js';

/** What is older tells nothing of now, and the rate of accepted orders is of so many ms. */
const FRESH_MS = 5_000;

interface Sample {
  readonly at: number;
  readonly accepted: number;
}

/** How far the group is behind, and how fast its topic grows; only as fresh as somebody asks. */
export class LiveLag {
  private latest: readonly PartitionLag[] = [];
  private samples: readonly Sample[] = [];
  private asking = false;
  /** Whether the brokers did not respond when they were asked last. */
  isUnavailable = false;

  constructor(private readonly group: GroupLag) {}

  /** Asks the brokers, unless an earlier question still waits for them. Never rejects: what is old is shown no more. */
  async refresh(now: () => number): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      const latest = await this.group.lag();
      const sample = { at: now(), accepted: latest.reduce((sum, { end }) => sum + end, 0) };
      this.latest = latest;
      this.isUnavailable = false;
      this.samples = [...this.freshAt(sample.at), sample];
    } catch {
      // the brokers' own check tells why
      this.isUnavailable = true;
      this.samples = this.freshAt(now());
    } finally {
      this.asking = false;
    }
  }

  acceptedPerSecond(now: number): number | null {
    const fresh = this.freshAt(now);
    const [first] = fresh;
    const last = fresh.at(-1);
    if (first === undefined || last === undefined) return null;
    return last.at > first.at ? toRate(last.accepted - first.accepted, last.at - first.at) : 0;
  }

  /** `undefined`: not known now. */
  partitions(now: number): readonly PartitionLag[] | undefined {
    return this.freshAt(now).length === 0 ? undefined : this.latest;
  }

  moment(now: number): GroupMoment {
    return {
      accepted: this.acceptedPerSecond(now),
      lag: this.partitions(now)?.map(({ pending }) => pending) ?? [],
    };
  }

  private freshAt(now: number): readonly Sample[] {
    return this.samples.filter(({ at }) => now - at <= FRESH_MS);
  }
}
