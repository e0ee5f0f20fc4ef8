import type { SentOrder } from '../../test/support/load.js';
import type { StoredEffect } from '../../test/support/state-inspector.js';

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The longest time within the span in which no order of the partition was processed, in ms. */
export function longestSilence(effects: readonly StoredEffect[], partition: number, span: Span): number {
  const times = effects.filter((each) => each.partition === partition).map(({ at }) => at);
  const within = times.filter((at) => at > span.from && at < span.to).sort((a, b) => a - b);
  const ends = [...within, span.to];
  return Math.max(...ends.map((end, index) => end - (within[index - 1] ?? span.from)));
}

/** How long after `since` the last of the partitions processed an order, in ms. */
export function lastToGoOn(effects: readonly StoredEffect[], since: number): number {
  const first = new Map<number, number>();
  for (const { partition, at } of effects) {
    if (at > since) first.set(partition, Math.min(at, first.get(partition) ?? Infinity));
  }
  return first.size < 5 ? Infinity : Math.max(...first.values()) - since;
}

/** From the client's request to the line in the store's history, in ms, of the orders that were sent within one of the spans. */
export function latencies(
  orders: readonly SentOrder[],
  effects: readonly StoredEffect[],
  spans: readonly Span[],
): number[] {
  const doneAt = new Map(effects.map(({ orderId, at }) => [orderId, at]));
  return orders
    .filter(({ sentAt }) => spans.some(({ from, to }) => sentAt >= from && sentAt < to))
    .flatMap(({ orderId, sentAt }) => {
      const at = doneAt.get(orderId);
      return at === undefined ? [] : [at - sentAt];
    });
}

/** The smallest value that `share` of the values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
}
