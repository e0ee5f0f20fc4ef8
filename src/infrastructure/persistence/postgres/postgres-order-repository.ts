import type { Pool } from 'pg';
import {
  StoreUnavailable,
  type CarriedOutOrder,
  type OrderRepository,
} from '../../../application/ports/order-repository.js';
import { ConflictingContent } from '../../../domain/order/order-errors.js';
import type { OrderId } from '../../../domain/order/order-id.js';
import { Batches } from './batches.js';
import { COLUMNS, fromRow, toColumns, toRow, UNNESTED, type OrderRow } from './order-row.js';
import { translated } from './store-errors.js';

const FIND = `SELECT ${COLUMNS} FROM orders WHERE order_id = ANY($1)`;
const INSERT = `INSERT INTO orders (${COLUMNS}) SELECT * FROM ${UNNESTED}
  ON CONFLICT (order_id) DO NOTHING RETURNING order_id`;

/** What the store holds after a save, and whether it is from this save. */
interface SaveOutcome {
  readonly isOurs: boolean;
  readonly stored: OrderRow | undefined;
}

/**
 * Orders in the table `orders`; saves that come together are one statement, finds as well. The pool must limit the time
 * to connect and of a statement, as `createPostgresPool` does: out of that the deadline is made.
 */
export class PostgresOrderRepository implements OrderRepository {
  private readonly finds = new Batches((ids: readonly OrderId[]) => this.findAll(ids));
  private readonly saves = new Batches((rows: readonly OrderRow[]) => this.saveAll(rows));

  constructor(private readonly pool: Pool) {}

  async find(orderId: OrderId): Promise<CarriedOutOrder | undefined> {
    const row = await this.finds.add(orderId);
    return row && fromRow(row);
  }

  async save(carriedOut: CarriedOutOrder): Promise<'saved' | 'already-saved'> {
    const { order } = carriedOut;
    const { isOurs, stored } = await this.saves.add(toRow(carriedOut));
    if (isOurs) return 'saved';
    if (stored === undefined) throw new StoreUnavailable(`the store did not keep order '${order.id}'`);
    if (!fromRow(stored).order.hasContentOf(order)) throw new ConflictingContent(order.id);
    return 'already-saved';
  }

  private async findAll(ids: readonly OrderId[]): Promise<(OrderRow | undefined)[]> {
    if (ids.length === 0) return [];
    const { rows } = await translated(this.pool.query<OrderRow>(FIND, [ids]));
    const byId = new Map(rows.map((row) => [row.order_id, row]));
    return ids.map((id) => byId.get(id));
  }

  private async saveAll(rows: readonly OrderRow[]): Promise<SaveOutcome[]> {
    const firsts = firstOfEachId(rows);
    const inserted = await this.insert(firsts.map(([, row]) => row));
    const stored = new Map<OrderId, OrderRow | undefined>(firsts);
    const others = [...stored.keys()].filter((id) => !inserted.has(id));
    const found = await this.findAll(others);
    others.forEach((id, index) => stored.set(id, found[index]));
    // Of several rows with one id only the first was inserted: `delete` is true once.
    return rows.map(({ order_id }) => ({ isOurs: inserted.delete(order_id), stored: stored.get(order_id) }));
  }

  private async insert(rows: readonly OrderRow[]): Promise<Set<OrderId>> {
    const inserted = await translated(this.pool.query<Pick<OrderRow, 'order_id'>>(INSERT, toColumns(rows)));
    return new Set(inserted.rows.map(({ order_id }) => order_id));
  }
}

/** Sorted by id: batches of several replicas lock common ids in one order, so they can't deadlock. */
function firstOfEachId(rows: readonly OrderRow[]): [OrderId, OrderRow][] {
  const firsts = new Map(rows.toReversed().map((row) => [row.order_id, row]));
  return [...firsts].sort(([a], [b]) => (a < b ? -1 : 1));
}
