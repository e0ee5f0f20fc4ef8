import type { Pool } from 'pg';
import {
  StoreUnavailable,
  type OrderRepository,
  type StoredOrder,
} from '../../application/ports/order-repository.js';
import { ConflictingContent } from '../../domain/order/order-errors.js';
import type { OrderId } from '../../domain/order/order-id.js';
import { Batches } from './batches.js';
import {
  COLUMNS,
  EXCLUDED,
  fromRow,
  MAY_BECOME,
  toColumns,
  toRow,
  UNNESTED,
  type OrderRow,
} from './order-row.js';
import { translateErrors } from './store-errors.js';

const FIND = `SELECT ${COLUMNS} FROM orders WHERE order_id = ANY($1)`;
const HISTORY = 'order_id, status, replica, topic, partition, "offset", attempt';
const SAVE = `WITH saved AS (
    INSERT INTO orders (${COLUMNS}) SELECT * FROM ${UNNESTED}
    ON CONFLICT (order_id) DO UPDATE SET (${COLUMNS}) = (${EXCLUDED})
    WHERE ${MAY_BECOME} AND (orders.product, orders.quantity) = (excluded.product, excluded.quantity)
    RETURNING ${HISTORY}
  )
  INSERT INTO order_history (${HISTORY}) SELECT ${HISTORY} FROM saved RETURNING order_id`;

/** `saved`, or the row that is already there; `undefined` when there is none. */
type SaveOutcome = 'saved' | OrderRow | undefined;

/**
 * Orders in the table `orders`, with `order_history`; saves that come together are one statement, finds as well. Its
 * deadline is the pool's: that must limit the time to connect and of a statement, as `createPostgresPool` does.
 */
export class PostgresOrderRepository implements OrderRepository {
  private readonly finds = new Batches((ids: readonly OrderId[]) => this.findEach(ids));
  private readonly saves = new Batches((rows: readonly OrderRow[]) => this.saveAll(rows));

  constructor(private readonly pool: Pool) {}

  async find(orderId: OrderId): Promise<StoredOrder | undefined> {
    const row = await this.finds.add(orderId);
    return row && fromRow(row);
  }

  async findAll(orderIds: readonly OrderId[]): Promise<StoredOrder[]> {
    return (await this.findRows(orderIds)).map(fromRow);
  }

  async save(stored: StoredOrder): Promise<'saved' | 'already-saved'> {
    const { order } = stored;
    const outcome = await this.saves.add(toRow(stored));
    if (outcome === 'saved') return 'saved';
    if (outcome === undefined) throw new StoreUnavailable(`the store did not keep order '${order.id}'`);
    if (!fromRow(outcome).order.hasSameContentAs(order)) throw new ConflictingContent(order.id);
    return 'already-saved';
  }

  private async findEach(ids: readonly OrderId[]): Promise<(OrderRow | undefined)[]> {
    const rows = await this.findRows(ids);
    const byId = new Map(rows.map((row) => [row.order_id, row]));
    return ids.map((id) => byId.get(id));
  }

  private async findRows(ids: readonly OrderId[]): Promise<readonly OrderRow[]> {
    if (ids.length === 0) return [];
    return (await translateErrors(this.pool.query<OrderRow>(FIND, [ids]))).rows;
  }

  /** A statement can't change a row twice: the later ones of an id wait for the next batch. */
  private async saveAll(rows: readonly OrderRow[]): Promise<(SaveOutcome | Promise<SaveOutcome>)[]> {
    const firsts = firstPerId(rows);
    const saved = await this.saveOnce([...firsts.values()]);
    const others = [...firsts.keys()].filter((id) => !saved.has(id));
    const found = await this.findEach(others);
    const existing = new Map(others.map((id, index) => [id, found[index]]));
    return rows.map((row) => {
      if (firsts.get(row.order_id) !== row) return this.saves.add(row);
      return saved.has(row.order_id) ? 'saved' : existing.get(row.order_id);
    });
  }

  private async saveOnce(rows: readonly OrderRow[]): Promise<Set<OrderId>> {
    const saved = await translateErrors(this.pool.query<Pick<OrderRow, 'order_id'>>(SAVE, toColumns(rows)));
    return new Set(saved.rows.map(({ order_id }) => order_id));
  }
}

/** Sorted by id: batches of several replicas lock common ids in one order, so they can't deadlock. */
function firstPerId(rows: readonly OrderRow[]): Map<OrderId, OrderRow> {
  const firsts = new Map(rows.toReversed().map((row) => [row.order_id, row]));
  return new Map([...firsts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
