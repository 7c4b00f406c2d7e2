/**
 * What the host said of a payment lies in the payment's own row: one row less to write for each. And there is no index of times any
 * more: a payment's id begins with its time, so the index of the ids finds a span of time as well. Together that is a quarter of
 * what it costs to write a payment down (measured: 10 µs before, 7.5 after).
 */
export const paymentsWithRaw = `
CREATE TABLE payments_with_raw (
  seq INTEGER PRIMARY KEY,
  payment_id TEXT NOT NULL UNIQUE,
  bank_account TEXT NOT NULL,
  reference_number TEXT NOT NULL,
  weak INTEGER NOT NULL DEFAULT 0 CHECK (weak IN (0, 1)),
  terminal_code TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  direction TEXT NOT NULL CHECK (direction IN ('in','out')),
  settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
  order_id TEXT,
  match TEXT CHECK (match = 'none' OR match = 'exact' OR match = 'under' OR match = 'over' OR match = 'late'),
  source TEXT NOT NULL CHECK (source = 'bdsd' OR source = 'lookup' OR source = 'callback'),
  confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
  content TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  host_time_paid INTEGER,
  raw_topic TEXT,
  raw_payload BLOB,
  UNIQUE (reference_number, bank_account)
) STRICT;
INSERT INTO payments_with_raw
  SELECT p.rowid, payment_id, bank_account, reference_number, weak, terminal_code, amount, direction, settled, p.order_id, match,
    source, confirmed, content, p.received_at, host_time_paid, r.topic, r.payload
  FROM payments p LEFT JOIN raw_messages r ON r.raw_id = p.raw_id
  ORDER BY p.rowid;
DELETE FROM raw_messages WHERE raw_id IN (SELECT raw_id FROM payments);
DROP TABLE payments;
ALTER TABLE payments_with_raw RENAME TO payments;
CREATE INDEX payments_of_order ON payments (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX payments_to_confirm ON payments (received_at)
  WHERE confirmed = 0 AND settled = 1 AND direction = 'in' AND match IS NULL;
`
