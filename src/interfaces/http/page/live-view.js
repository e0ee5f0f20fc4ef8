// The picture of the service that the page shows, and how updates change it. See docs/reference/http-api.md, GET /api/Live.

const MAX_MOVES = 50;
const MAX_POINTS = 450;

const byId = new Intl.Collator('en', { numeric: true }).compare;

export function updated(view, update) {
  const { at, totals, replicas = [], removed = [], moves = [], point } = update;
  return {
    ...view,
    at,
    totals,
    replicas:
      replicas.length + removed.length === 0 ? view.replicas : merged(view.replicas, replicas, removed),
    moves: moves.length === 0 ? view.moves : [...moves, ...view.moves].slice(0, MAX_MOVES),
    history: point === undefined ? view.history : withPoint(view.history, point),
  };
}

function merged(before, changed, removed) {
  const all = new Map(before.map((replica) => [replica.id, replica]));
  for (const replica of changed) all.set(replica.id, replica);
  for (const id of removed) all.delete(id);
  return [...all.values()].sort((a, b) => byId(a.id, b.id));
}

function withPoint(history, point) {
  return { ...history, points: [...history.points, point].slice(-MAX_POINTS) };
}

/** Each partition that somebody owns, or that the history knows, with its owner. */
export function partitionsOf({ replicas, history }) {
  const known = history.points.at(-1)?.lag ?? [];
  const partitions = new Map(
    known.map((lag, partition) => [partition, { partition, lag, pending: 0, inFlight: 0 }]),
  );
  for (const { id, state, partitions: owned } of replicas) {
    if (state === 'stopped' || state === 'gone') continue;
    for (const each of owned)
      partitions.set(each.partition, { lag: known[each.partition], ...each, owner: id });
  }
  return [...partitions.values()].sort((a, b) => a.partition - b.partition);
}
