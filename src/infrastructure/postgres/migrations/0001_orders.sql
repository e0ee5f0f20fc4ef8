CREATE TABLE orders (
  order_id text COLLATE "C" PRIMARY KEY,
  product text NOT NULL,
  quantity integer NOT NULL CHECK (quantity > 0),
  placed_at timestamptz NOT NULL,
  status text NOT NULL CHECK (status IN ('processed', 'rejected')),
  rejection_reason text,
  carried_out_at timestamptz NOT NULL,
  replica text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL CHECK (partition >= 0),
  "offset" bigint NOT NULL CHECK ("offset" >= 0),
  attempt integer NOT NULL CHECK (attempt >= 1),
  CONSTRAINT orders_rejection_reason_check CHECK ((status = 'rejected') = (rejection_reason IS NOT NULL))
);

COMMENT ON TABLE orders IS 'Orders that were carried out, each with the delivery that did it.';
