import { postJson } from './api.js';

const AT_ONCE = 100;

/**
 * How many dead letters a target has: `{ ids }`, or `{ selection }`, a filter. The count of a filter comes with the time
 * `before` which they were dead-lettered: later ones are left out.
 */
export async function countOf(action, { ids, selection }) {
  if (ids !== undefined) return { matched: ids.length };
  const { matched, before } = await postJson(`api/DeadLetter/${action}`, { ...selection, dryRun: true });
  return { matched, before };
}

/** Redrives or discards, and tells of its progress, until all is done, one fails, or `isStopped`. */
export async function resolve(action, { ids, selection }, before, { onProgress, isStopped }) {
  const requests = ids?.map((id) => ({ id }));
  let resolved = 0;
  for (;;) {
    const body = requests === undefined ? { ...selection, before, limit: AT_ONCE } : requests.shift();
    if (body === undefined || isStopped()) return { resolved };
    const outcome = await postJson(`api/DeadLetter/${action}`, body);
    resolved += outcome.resolved;
    onProgress(resolved);
    if (outcome.failure !== undefined) return { resolved, failure: outcome.failure };
    if (requests === undefined && (outcome.remaining === 0 || outcome.resolved === 0)) return { resolved };
  }
}
