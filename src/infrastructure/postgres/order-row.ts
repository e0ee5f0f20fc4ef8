import type { StoredOrder } from '../../application/ports/order-repository.js';
import type { OrderId } from '../../domain/order/order-id.js';
import { mayBecome, ORDER_STATUSES, type OrderStatus } from '../../domain/order/order-status.js';
import { Order } from '../../domain/order/order.js';
import type { Product } from '../../domain/order/product.js';
import type { Quantity } from '../../domain/order/quantity.js';

/** A row of the table orders as pg reads it: a bigint is text. */
export interface OrderRow {
  readonly order_id: OrderId;
  readonly product: Product;
  readonly quantity: Quantity;
  readonly placed_at: Date;
  readonly status: OrderStatus;
  readonly rejection_reason: string | null;
  readonly completed_at: Date | null;
  readonly replica: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly attempt: number;
}

const TYPES = {
  order_id: 'text',
  product: 'text',
  quantity: 'integer',
  placed_at: 'timestamptz',
  status: 'text',
  rejection_reason: 'text',
  completed_at: 'timestamptz',
  replica: 'text',
  topic: 'text',
  partition: 'integer',
  offset: 'bigint',
  attempt: 'integer',
} satisfies Record<keyof OrderRow, string>;

const NAMES = Object.keys(TYPES) as (keyof OrderRow)[];

/** The names of the columns, those of the row that an upsert would insert, and rows as parameters: an array a column. */
export const COLUMNS = NAMES.map((name) => `"${name}"`).join(', ');
export const EXCLUDED = NAMES.map((name) => `excluded."${name}"`).join(', ');
export const UNNESTED = `unnest(${NAMES.map((name, index) => `$${index + 1}::${TYPES[name]}[]`).join(', ')})`;

const TRANSITIONS = ORDER_STATUSES.flatMap((from) =>
  ORDER_STATUSES.filter((to) => mayBecome(from, to)).map((to) => `('${from}', '${to}')`),
);

/** The domain's table of transitions: whether the stored row may become the one that an upsert would insert. */
export const MAY_BECOME = `(orders.status, excluded.status) IN (${TRANSITIONS.join(', ')})`;

export function toColumns(rows: readonly OrderRow[]): unknown[][] {
  return NAMES.map((name) => rows.map((row) => toParameter(row[name])));
}

/** pg would send the local time, and be seconds off in years when the time zone's offset had seconds. */
function toParameter(value: OrderRow[keyof OrderRow]): string | number | null {
  return value instanceof Date ? value.toISOString() : value;
}

export function toRow({ order: { state }, delivery }: StoredOrder): OrderRow {
  return {
    order_id: state.orderId,
    product: state.product,
    quantity: state.quantity,
    placed_at: new Date(state.placedAt),
    status: state.status,
    rejection_reason: state.rejectionReason ?? null,
    completed_at: state.completedAt === undefined ? null : new Date(state.completedAt),
    ...delivery,
  };
}

export function fromRow(row: OrderRow): StoredOrder {
  const { replica, topic, partition, offset, attempt } = row;
  return {
    order: Order.restore({
      orderId: row.order_id,
      product: row.product,
      quantity: row.quantity,
      placedAt: new Date(row.placed_at),
      status: row.status,
      ...(row.completed_at === null ? {} : { completedAt: new Date(row.completed_at) }),
      ...(row.rejection_reason === null ? {} : { rejectionReason: row.rejection_reason }),
    }),
    delivery: { replica, topic, partition, offset, attempt },
  };
}
