ALTER TABLE orders RENAME COLUMN carried_out_at TO completed_at;
ALTER TABLE orders RENAME CONSTRAINT orders_carried_out_at_check TO orders_completed_at_check;

COMMENT ON TABLE orders IS 'Orders that were processed, rejected or parked, each with the delivery that brought it there.';
