import type { HandledOrder, ReplicaReports } from '../ports/replica-reports.js';

/** An attempt at an order, as its replica reported it. */
export interface ReportedAttempt extends HandledOrder {
  readonly replica: string;
}

type Listener = (attempt: ReportedAttempt) => void;

/**
 * Tells whoever follows an order which attempts at it the replicas report. A report has the latest of its replica, so under load
 * some are missing. Reports are followed only while somebody listens.
 */
export class OrderAttempts {
  private readonly listeners = new Map<string, Set<Listener>>();
  private stopFollowing: (() => void) | undefined;

  constructor(private readonly reports: Pick<ReplicaReports, 'follow'>) {}

  /** Each attempt once, those that ended before among them while they are in a report. Returns what ends that. */
  listen(orderId: string, listener: Listener): () => void {
    const once = onceEach(listener);
    const others = this.listeners.get(orderId) ?? new Set();
    this.listeners.set(orderId, others.add(once));
    this.stopFollowing ??= this.reports.follow(({ replica, recent }) => {
      for (const handled of recent.toReversed())
        for (const tell of this.listeners.get(handled.orderId) ?? []) tell({ ...handled, replica });
    });
    return () => {
      others.delete(once);
      if (others.size === 0 && this.listeners.get(orderId) === others) this.listeners.delete(orderId);
      if (this.listeners.size > 0) return;
      this.stopFollowing?.();
      this.stopFollowing = undefined;
    };
  }
}

/** Successive reports have the same attempts. */
function onceEach(listener: Listener): Listener {
  const told = new Set<string>();
  return (attempt) => {
    const id = [attempt.partition, attempt.offset, attempt.attempt, attempt.at].join();
    if (told.has(id)) return;
    told.add(id);
    listener(attempt);
  };
}
