/**
 * VietQR's own boxes: what the host gave each of them, from the first question to the terminal it was bound to; the cash they
 * counted; the payments the host told them of itself; and their two kinds among the devices, for which the table is written anew because its check names the kinds.
 */
export const boxes = `
CREATE TABLE boxes (
  mac TEXT PRIMARY KEY,
  device_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('vietqr-box','vietqr-vending')),
  name TEXT NOT NULL,
  mac_as_said TEXT NOT NULL,
  box_id TEXT UNIQUE,
  qr_certificate TEXT,
  terminal_code TEXT,
  bound TEXT,
  bound_at INTEGER,
  told_bound_at INTEGER,
  host_cleared_at INTEGER,
  last_order_id TEXT,
  last_request TEXT,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cash_reports (
  cash_id INTEGER PRIMARY KEY,
  device_id TEXT NOT NULL,
  terminal_code TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  box_order_id TEXT,
  reported_at INTEGER NOT NULL,
  UNIQUE (device_id, box_order_id)
) STRICT;

CREATE TABLE told_by_host (
  payment_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE devices_of_all_kinds (
  device_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('paybox','soundbox','countercall','vending','pos','vietqr-box','vietqr-vending')),
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
  volume REAL,
  set_volume INTEGER CHECK (set_volume BETWEEN 0 AND 100),
  set_language TEXT CHECK (set_language IN ('vi','en')),
  set_brightness INTEGER CHECK (set_brightness BETWEEN 0 AND 100),
  out_of_service INTEGER NOT NULL DEFAULT 0 CHECK (out_of_service IN (0, 1)),
  mosquitto_hash TEXT CHECK (mosquitto_hash LIKE '$7$%')
) STRICT, WITHOUT ROWID;
INSERT INTO devices_of_all_kinds
  SELECT device_id, kind, name, terminal_code, counter, secret_sha256, enabled, created_at, last_seen_at, firmware, model,
    battery, rssi, volume, set_volume, set_language, set_brightness, out_of_service,
    mosquitto_hash
  FROM devices;
DROP TABLE devices;
ALTER TABLE devices_of_all_kinds RENAME TO devices;
CREATE INDEX devices_of_terminal ON devices (terminal_code);
`
