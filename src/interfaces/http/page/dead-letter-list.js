import { useCallback, useEffect, useRef, useState } from './preact.js';
import { getJson } from './api.js';

const FIRST_LIMIT = 200;
/** The API lists no more at once. */
export const MAX_LIMIT = 1_000;
const NONE = { loaded: [], more: false, isLoading: true };

/** The part of a filter that the API knows. */
export function toQuery({ reason, orderId, olderThanSeconds }) {
  return {
    ...(reason !== '' && { reason }),
    ...(orderId !== '' && { orderId }),
    ...(olderThanSeconds !== '' && { olderThanSeconds: Number(olderThanSeconds) }),
  };
}

/** The same to redrive or discard: without a filter that has to be said. */
export function toSelection(filter) {
  const query = toQuery(filter);
  return Object.keys(query).length === 0 ? { all: true } : query;
}

/**
 * Lists the dead letters that match, newest first. It lists them again when the `version` of all changes, unless somebody works on what is
 * shown (`mayChange`): then the list `isStale`.
 */
export function useDeadLetters(filter, version, mayChange) {
  const [state, setState] = useState(NONE);
  const [limit, setLimit] = useState(FIRST_LIMIT);
  const { reason, orderId, olderThanSeconds } = filter;

  const asked = useRef(0);
  const load = useCallback(async () => {
    const number = ++asked.current;
    // a response may come after that to a later question
    const change = (next) => number === asked.current && setState(next);
    try {
      const filters = toQuery({ reason, orderId, olderThanSeconds });
      const query = new URLSearchParams({ ...filters, limit, sort: 'newest' });
      const { deadLetters, more } = await getJson(`api/DeadLetter?${query}`);
      change({ loaded: deadLetters, more, version, isLoading: false });
    } catch (refusal) {
      change((before) => ({ ...before, refusal, version, isLoading: false }));
    }
  }, [reason, orderId, olderThanSeconds, limit, version]);

  useEffect(() => void load(), [reason, orderId, olderThanSeconds, limit]);
  useEffect(() => {
    if (mayChange && state.version !== undefined && state.version !== version) void load();
  }, [version, mayChange]);

  return {
    ...state,
    isStale: !mayChange && state.version !== version,
    reload: () => void load(),
    ...(state.more && limit < MAX_LIMIT && { loadMore: () => setLimit(Math.min(MAX_LIMIT, limit * 2)) }),
  };
}
