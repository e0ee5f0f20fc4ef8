import { useEffect, useRef, useState } from './preact.js';
import { getJson } from './api.js';
import { orderUrl, wholeId } from './order-id.js';

const MAX_FOLLOWED = 12;
const ASK_EVERY_MS = 1_000;
/** So long a searched order that is not there may still come. */
const SEARCH_MS = 30_000;

/**
 * The orders that were sent or searched here by their whole ids, newest first: what is known of each, and the attempts that were seen.
 * An order is asked for until it is processed or rejected; a parked one as well, as it may be redriven.
 */
export function useFollowedOrders(view) {
  const [followed, setOrders] = useState([]);
  const orders = useRef(followed);
  orders.current = followed;

  const change = (orderId, part) =>
    setOrders((all) => all.map((each) => (each.orderId === orderId ? { ...each, ...part } : each)));
  const add = (order) =>
    setOrders((all) =>
      [{ attempts: [], ...order }, ...all.filter(({ orderId }) => orderId !== order.orderId)].slice(
        0,
        MAX_FOLLOWED,
      ),
    );
  const look = async ({ orderId, ...place }) => {
    try {
      const found = await getJson(orderUrl(orderId, place));
      change(orderId, { found, error: undefined });
    } catch (refusal) {
      change(orderId, { error: refusal });
    }
  };

  useEffect(() => {
    const asking = setInterval(() => {
      if (!document.hidden) for (const each of orders.current.filter(isAskedFor)) void look(each);
    }, ASK_EVERY_MS);
    return () => clearInterval(asking);
  }, []);
  useEffect(() => {
    if (view === undefined || orders.current.length === 0) return;
    const handled = view.replicas.flatMap(({ id, recent }) =>
      recent.map((each) => ({ ...each, replica: id })),
    );
    for (const order of orders.current) {
      const attempts = withNew(order, handled);
      if (attempts !== order.attempts) change(order.orderId, { attempts });
    }
  }, [view]);

  return {
    orders: followed,
    /** What `Send` responded. */
    follow: (accepted) => add({ ...accepted, orderId: wholeId(accepted), acceptedAt: Date.now() }),
    search: (orderId) => {
      add({ orderId, searchedAt: Date.now() });
      return look({ orderId });
    },
    forget: (orderId) => setOrders((all) => all.filter((each) => each.orderId !== orderId)),
  };
}

export function isFinal({ found }) {
  return found?.status === 'processed' || found?.status === 'rejected';
}

function isAskedFor(order) {
  const isLost = order.error !== undefined && order.attempts.length === 0;
  return !isFinal(order) && !(isLost && order.searchedAt < Date.now() - SEARCH_MS);
}

const keyOf = ({ partition, offset, attempt, at }) => `${partition}-${offset}-${attempt}-${at}`;

function withNew({ orderId, attempts }, handled) {
  const known = new Set(attempts.map(keyOf));
  const fresh = handled.filter((each) => each.orderId === orderId && !known.has(keyOf(each)));
  return fresh.length === 0 ? attempts : [...attempts, ...fresh].sort((a, b) => a.at - b.at);
}
