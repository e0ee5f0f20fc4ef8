import type { HistoryPoint, LiveTotals, LiveView, Move, ReplicaView } from './live-view.js';

/** What changed since the update before. */
export interface LiveUpdate {
  readonly at: number;
  readonly totals: LiveTotals;
  readonly replicas?: readonly ReplicaView[];
  /** Names of replicas that are shown no more. */
  readonly removed?: readonly string[];
  /** Newest first. */
  readonly moves?: readonly Move[];
  readonly point?: HistoryPoint;
}

/** As it is sent. Whoever has seen the one before needs this one alone. */
export interface LiveEvent {
  readonly id: string;
  readonly event: 'snapshot' | 'update';
  /** JSON. */
  readonly data: string;
}

/** So many are kept for those who come back. */
const KEPT = 40;

/** Makes updates of views, each written once for all who watch. */
export class LiveUpdates {
  private number = 0;
  private kept: readonly LiveEvent[] = [];
  /** What those who have seen all updates know. */
  private known: LiveView;
  /** By name, without when it was seen. */
  private knownReplicas: ReadonlyMap<string, string>;

  /** @param stream differs from that of every other process */
  constructor(
    private readonly stream: string,
    first: LiveView,
  ) {
    this.known = first;
    this.knownReplicas = fingerprints(first.replicas);
  }

  /** All that the updates so far have told. */
  snapshot(): LiveEvent {
    return { id: this.id(this.number), event: 'snapshot', data: JSON.stringify(this.known) };
  }

  /** The updates after the one with this id; `undefined` when that is too long ago, or of another process. */
  since(id: string): readonly LiveEvent[] | undefined {
    if (id === this.id(this.number)) return [];
    const at = this.kept.findIndex((each) => each.id === id);
    return at === -1 ? undefined : this.kept.slice(at + 1);
  }

  /** The update from what is known to `view`; `undefined` when nothing changed. */
  advance(view: LiveView): LiveEvent | undefined {
    const update = this.difference(view);
    const { replicas, removed, moves, point } = update;
    const isSame = JSON.stringify(update.totals) === JSON.stringify(this.known.totals);
    if (isSame && !(replicas ?? removed ?? moves ?? point)) return undefined;
    this.known = view;
    this.knownReplicas = fingerprints(view.replicas);
    this.number++;
    const event = { id: this.id(this.number), event: 'update', data: JSON.stringify(update) } as const;
    this.kept = [...this.kept, event].slice(-KEPT);
    return event;
  }

  private difference({ at, totals, replicas, moves, history }: LiveView): LiveUpdate {
    const changed = replicas.filter((each) => this.knownReplicas.get(each.id) !== fingerprint(each));
    const removed = this.known.replicas.filter(({ id }) => !replicas.some((each) => each.id === id));
    const newest = this.known.moves[0];
    const added = newest === undefined ? moves : moves.slice(0, newIndex(moves, newest));
    const point = history.points.at(-1);
    const isNewPoint = point !== undefined && point !== this.known.history.points.at(-1);
    return {
      at,
      totals,
      ...(changed.length > 0 && { replicas: changed }),
      ...(removed.length > 0 && { removed: removed.map(({ id }) => id) }),
      ...(added.length > 0 && { moves: added }),
      ...(isNewPoint && { point }),
    };
  }

  private id(number: number): string {
    return `${this.stream}-${number}`;
  }
}

function newIndex(moves: readonly Move[], known: Move): number {
  const at = moves.indexOf(known);
  return at === -1 ? moves.length : at;
}

function fingerprints(replicas: readonly ReplicaView[]): ReadonlyMap<string, string> {
  return new Map(replicas.map((each) => [each.id, fingerprint(each)]));
}

/** Of a replica that only was seen again, nothing changed. */
function fingerprint(replica: ReplicaView): string {
  return JSON.stringify({ ...replica, seenAt: 0 });
}
