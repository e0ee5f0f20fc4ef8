-- `npm run prune` finds old rows by them. Not CONCURRENTLY, as all migrations are one transaction; IF NOT EXISTS, as the
-- operator of a large database makes them so beforehand: see docs/how-to/data-that-grows.md.
CREATE INDEX IF NOT EXISTS orders_completed_at_idx ON orders (completed_at);
CREATE INDEX IF NOT EXISTS order_history_at_idx ON order_history (at);
