import { partitionsOf } from './live-view.js';

const MAX_RECENT = 20;
const COMPLETING = ['processed', 'rejected', 'already-processed', 'dead-lettered'];

const keyOf = ({ partition, offset, attempt, at }) => `${partition}-${offset}-${attempt}-${at}`;

/**
 * What happened between two views: attempts that ended, by replica, partition and outcome, and orders that arrived, by
 * partition, with its owner when that has read them. A view has the last 20 attempts of a replica only: where these are all new, its rate says how many there were.
 */
export function trafficBetween(before, after) {
  const seconds = Math.max(0, after.at - before.at) / 1_000;
  const ended = after.replicas.flatMap((replica) => {
    const known = before.replicas.find(({ id }) => id === replica.id);
    return known === undefined || known === replica ? [] : endedAt(replica, known, seconds);
  });
  return { ended, arrived: arrivedBetween(before, after, ended) };
}

function endedAt({ id, recent, completedPerSecond }, known, seconds) {
  const seen = new Set(known.recent.map(keyOf));
  const fresh = recent.filter((handled) => !seen.has(keyOf(handled)));
  const scale = fresh.length < MAX_RECENT ? 1 : Math.max(1, (completedPerSecond * seconds) / fresh.length);
  const counts = new Map();
  for (const { partition, outcome } of fresh) {
    const key = `${partition} ${outcome}`;
    const known = counts.get(key) ?? { replica: id, partition, outcome, count: 0 };
    counts.set(key, { ...known, count: known.count + scale });
  }
  return [...counts.values()];
}

/** What is pending has arrived and is not completed. Of a paused partition nothing is read: then its lag grows. */
function arrivedBetween(before, after, ended) {
  const known = new Map(partitionsOf(before).map((each) => [each.partition, each]));
  return partitionsOf(after)
    .filter(({ owner }) => owner !== undefined)
    .map(({ partition, owner, pending, lag, paused }) => {
      const last = known.get(partition) ?? { pending, lag };
      if (paused !== undefined) return { partition, count: lag - last.lag };
      const completed = ended
        .filter((each) => each.partition === partition && COMPLETING.includes(each.outcome))
        .reduce((sum, { count }) => sum + count, 0);
      return { partition, owner, count: pending - last.pending + completed };
    })
    .filter(({ count }) => count >= 0.5);
}
