/**
 * Payments that come one after the other lie one after the other: the reference first, then the account. With the account
 * first, every payment of a busy evening changed another page of the index, and each of those pages is written at its commit.
 * The index also finds a payment by its reference alone, so the second one goes.
 */
export const paymentsByReference = `
CREATE TABLE payments_by_number (
  payment_id TEXT PRIMARY KEY,
  bank_account TEXT NOT NULL,
  reference_number TEXT NOT NULL,
  weak INTEGER NOT NULL DEFAULT 0 CHECK (weak IN (0, 1)),
  terminal_code TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  direction TEXT NOT NULL CHECK (direction IN ('in','out')),
  settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
  order_id TEXT,
  match TEXT CHECK (match IN ('exact','under','over','late','none')),
  source TEXT NOT NULL CHECK (source IN ('bdsd','lookup','callback')),
  confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
  content TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  host_time_paid INTEGER,
  raw_id INTEGER,
  UNIQUE (reference_number, bank_account)
) STRICT;
INSERT INTO payments_by_number
  SELECT payment_id, bank_account, reference_number, weak, terminal_code, amount, direction, settled, order_id, match, source,
    confirmed, content, received_at, host_time_paid, raw_id
  FROM payments ORDER BY rowid;
DROP TABLE payments;
ALTER TABLE payments_by_number RENAME TO payments;
CREATE INDEX payments_by_time ON payments (received_at);
CREATE INDEX payments_of_order ON payments (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX payments_to_confirm ON payments (received_at)
  WHERE confirmed = 0 AND settled = 1 AND direction = 'in' AND match IS NULL;
`
