/** The pairing window: one row, the newest. The code itself is nowhere, and the credentials only as long as they may be asked for. */
export const pairing = `
CREATE TABLE pairing_window (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  window_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open','asked','contested','confirmed','over')),
  code_salt BLOB NOT NULL,
  code_hash BLOB NOT NULL CHECK (length(code_hash) = 32),
  terminal_code TEXT,
  opened_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  tries_left INTEGER NOT NULL CHECK (tries_left >= 0),
  client_id TEXT,
  serial TEXT,
  kind TEXT,
  address TEXT,
  rival_serial TEXT,
  rival_kind TEXT,
  rival_address TEXT,
  device_id TEXT,
  device_secret BLOB,
  sealed BLOB,
  ended TEXT CHECK (ended IN ('used','expired','tries')),
  CHECK ((state = 'over') = (ended IS NOT NULL)),
  CHECK ((state = 'confirmed') = (sealed IS NOT NULL))
) STRICT;
`
