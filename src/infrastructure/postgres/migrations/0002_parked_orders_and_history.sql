ALTER TABLE orders
  ALTER COLUMN carried_out_at DROP NOT NULL,
  DROP CONSTRAINT orders_status_check,
  ADD CONSTRAINT orders_status_check CHECK (status IN ('processed', 'rejected', 'parked')),
  ADD CONSTRAINT orders_carried_out_at_check CHECK ((status = 'parked') = (carried_out_at IS NULL));

COMMENT ON TABLE orders IS 'Orders that were carried out or parked, each with the delivery that brought it there.';

CREATE TABLE order_history (
  order_id text COLLATE "C" NOT NULL,
  status text NOT NULL CHECK (status IN ('processed', 'rejected', 'parked')),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  replica text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  attempt integer NOT NULL
);

COMMENT ON TABLE order_history IS
  'A line for each change of an order, never changed. Nothing in it is unique, so that a double effect would show.';

INSERT INTO order_history
  SELECT order_id, status, carried_out_at, replica, topic, partition, "offset", attempt FROM orders;
