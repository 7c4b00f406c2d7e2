/** The first shape of the ledger. Never edited once released: a later change is a later migration. */
export const first = `
CREATE TABLE terminals (
  terminal_code TEXT PRIMARY KEY,
  bank_code TEXT NOT NULL,
  bank_account TEXT NOT NULL,
  holder TEXT NOT NULL,
  host_holder TEXT,
  name TEXT NOT NULL,
  service_code TEXT,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
  device_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('paybox','soundbox','countercall','vending','pos')),
  name TEXT NOT NULL,
  terminal_code TEXT NOT NULL REFERENCES terminals (terminal_code),
  counter TEXT,
  secret_sha256 BLOB NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER,
  firmware TEXT,
  model TEXT,
  battery REAL,
  rssi REAL,
  volume REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_of_terminal ON devices (terminal_code);

CREATE TABLE orders (
  order_id TEXT PRIMARY KEY,
  request_id TEXT,
  device_id TEXT,
  fingerprint TEXT NOT NULL,
  terminal_code TEXT NOT NULL,
  bank_account TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  received INTEGER NOT NULL DEFAULT 0 CHECK (received >= 0),
  content TEXT NOT NULL,
  answer_content TEXT,
  qr_content TEXT,
  ticket TEXT,
  counter TEXT,
  item TEXT,
  state TEXT NOT NULL CHECK (state IN
    ('requested','awaiting_payment','paid','underpaid','expired','late','cancelled','failed','held')),
  fulfilment TEXT NOT NULL DEFAULT 'none' CHECK (fulfilment IN
    ('none','pending','released','done','partial','failed','unknown','held','refund')),
  qr_code TEXT,
  qr_warning TEXT,
  trace_token TEXT,
  error_code TEXT,
  error_message TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  paid_at INTEGER,
  confirmed_at INTEGER,
  released_at INTEGER,
  closed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX one_order_per_request ON orders (device_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX orders_by_time ON orders (created_at);
CREATE INDEX orders_of_terminal ON orders (terminal_code, created_at);
CREATE INDEX orders_by_token ON orders (trace_token) WHERE trace_token IS NOT NULL;
CREATE INDEX orders_still_payable ON orders (expires_at) WHERE state IN ('requested','awaiting_payment');
CREATE INDEX orders_to_confirm ON orders (paid_at) WHERE state = 'paid' AND fulfilment = 'pending' AND released_at IS NULL;

CREATE TABLE raw_messages (
  raw_id INTEGER PRIMARY KEY,
  topic TEXT NOT NULL,
  payload BLOB NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX raw_by_time ON raw_messages (received_at);

CREATE TABLE payments (
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
  UNIQUE (bank_account, reference_number)
) STRICT;
CREATE INDEX payments_by_time ON payments (received_at);
CREATE INDEX payments_of_order ON payments (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX payments_by_reference ON payments (reference_number);
CREATE INDEX payments_to_confirm ON payments (received_at)
  WHERE confirmed = 0 AND settled = 1 AND direction = 'in' AND match IS NULL;

CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  device_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('order','payment','announce','call','vend')),
  order_id TEXT,
  payment_id TEXT,
  body TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending','sent','received','done','failed','expired','unknown')),
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  sent_at INTEGER,
  received_at INTEGER,
  ended_at INTEGER,
  error TEXT,
  summarised INTEGER NOT NULL DEFAULT 0 CHECK (summarised IN (0, 1))
) STRICT;
CREATE INDEX deliveries_open ON deliveries (device_id, seq) WHERE state IN ('pending','sent','received');
CREATE INDEX deliveries_of_order ON deliveries (order_id) WHERE order_id IS NOT NULL;
CREATE UNIQUE INDEX one_vend_per_order ON deliveries (order_id) WHERE kind = 'vend';

CREATE TABLE dead_letters (
  dead_letter_id INTEGER PRIMARY KEY,
  reason TEXT NOT NULL,
  topic TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('host','device')),
  received_at INTEGER NOT NULL,
  text TEXT NOT NULL,
  payload BLOB NOT NULL
) STRICT;
`
