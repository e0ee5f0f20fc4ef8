import type { Pool } from 'pg';

export interface RowCounts {
  readonly orders: number;
  readonly historyLines: number;
}

interface Table {
  readonly name: string;
  /** The column that says how old a row is. It has an index, and NULL is never old. */
  readonly time: string;
  readonly isKept: string;
}

const ORDERS: Table = { name: 'orders', time: 'completed_at', isKept: 'false' };
const HISTORY: Table = {
  name: 'order_history',
  time: 'at',
  isKept: `EXISTS (SELECT FROM orders WHERE orders.order_id = order_history.order_id AND completed_at IS NULL)`,
};
const FROM_THE_BEGINNING = '-infinity';

/**
 * Orders that were completed before a time, and lines of history from before it; never a parked order, nor its history.
 * Deleting waits for no lock (`SKIP LOCKED`), so it can't deadlock with saves or with another run. It leaves what others lock.
 */
export class OldRows {
  constructor(
    private readonly pool: Pool,
    private readonly before: Date,
    private readonly batchSize = 5_000,
  ) {}

  async count(): Promise<RowCounts> {
    return { historyLines: await this.countIn(HISTORY), orders: await this.countIn(ORDERS) };
  }

  /** Deletes them batch by batch, each a transaction. Yields after each how many are deleted by then. */
  async *delete(): AsyncGenerator<RowCounts> {
    let deleted = { historyLines: 0, orders: 0 };
    for await (const count of this.deleteFrom(HISTORY)) {
      yield (deleted = { ...deleted, historyLines: deleted.historyLines + count });
    }
    for await (const count of this.deleteFrom(ORDERS)) {
      yield (deleted = { ...deleted, orders: deleted.orders + count });
    }
  }

  /** Each batch begins where the one before ended: what that deleted stays in the index until it is vacuumed. */
  private async *deleteFrom(table: Table): AsyncGenerator<number> {
    let from = FROM_THE_BEGINNING;
    let count: number;
    do {
      const batch = await this.deleteBatch(table, from);
      count = batch.count;
      from = batch.latest?.toISOString() ?? from;
      yield count;
    } while (count === this.batchSize);
  }

  private async deleteBatch(table: Table, from: string): Promise<{ count: number; latest: Date | null }> {
    const { name, time, isKept } = table;
    const { rows } = await this.pool.query<{ count: number; latest: Date | null }>(
      `WITH old AS (
        SELECT ctid FROM ${name} WHERE ${time} >= $1 AND ${time} < $2 AND NOT ${isKept}
        ORDER BY ${time} LIMIT $3 FOR UPDATE OF ${name} SKIP LOCKED
      ), deleted AS (
        DELETE FROM ${name} WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) RETURNING ${time} AS time
      )
      SELECT count(*)::int AS count, max(time) AS latest FROM deleted`,
      [from, this.before.toISOString(), this.batchSize],
    );
    return rows[0] ?? { count: 0, latest: null };
  }

  private async countIn({ name, time, isKept }: Table): Promise<number> {
    const { rows } = await this.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${name} WHERE ${time} < $1 AND NOT ${isKept}`,
      [this.before.toISOString()],
    );
    return rows[0]?.count ?? 0;
  }
}
