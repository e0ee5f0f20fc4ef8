import type { PostgresDatabase } from './postgres-database.js';

const DAY_MS = 24 * 60 * 60 * 1_000;

export const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS);

/** Writes `count` orders with a line of history each: completed at that time, or parked. Their ids begin with `name`. */
export async function storeRows(
  database: PostgresDatabase,
  { name, at, count = 1, status = 'processed' }: { name: string; at: Date; count?: number; status?: string },
): Promise<void> {
  await database.query(
    `INSERT INTO orders (order_id, product, quantity, placed_at, status, rejection_reason, completed_at, replica, topic,
        partition, "offset", attempt)
      SELECT $1 || number, 'tea', 2, $2, $3, CASE $3 WHEN 'rejected' THEN 'no tea' END,
        CASE $3 WHEN 'parked' THEN NULL ELSE $2::timestamptz END, 'replica-1', 'topic', 0, number, 1
      FROM generate_series(1, $4::int) AS number`,
    [name, at.toISOString(), status, count],
  );
  await database.query(
    `INSERT INTO order_history SELECT $1 || number, $3, $2, 'replica-1', 'topic', 0, number, 1
      FROM generate_series(1, $4::int) AS number`,
    [name, at.toISOString(), status, count],
  );
}

/** The ids that are left, sorted. */
export async function storedIds(database: PostgresDatabase, table: string): Promise<string[]> {
  const rows = await database.query<{ order_id: string }>(`SELECT order_id FROM ${table} ORDER BY order_id`);
  return rows.map(({ order_id }) => order_id);
}
