/**
 * The tickets that are called to a counter, the counters that stopped calling by themselves, and the key presses that have been
 * carried out, so that a repeated one is not carried out again.
 */
export const tickets = `
CREATE TABLE tickets (
  place INTEGER PRIMARY KEY,
  order_id TEXT NOT NULL UNIQUE,
  terminal_code TEXT NOT NULL,
  day TEXT NOT NULL,
  ticket TEXT NOT NULL,
  counter TEXT,
  state TEXT NOT NULL CHECK (state IN ('waiting','called','served','skipped')),
  calls INTEGER NOT NULL CHECK (calls BETWEEN 0 AND 3),
  called_at INTEGER
) STRICT;
CREATE INDEX tickets_of_day ON tickets (terminal_code, day, state, place);
CREATE TABLE pauses (
  terminal_code TEXT NOT NULL,
  counter TEXT NOT NULL,
  day TEXT NOT NULL,
  PRIMARY KEY (terminal_code, counter)
) STRICT, WITHOUT ROWID;
CREATE TABLE key_presses (
  device_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  said TEXT NOT NULL,
  error_code TEXT,
  error_message TEXT,
  pressed_at INTEGER NOT NULL,
  PRIMARY KEY (device_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_presses_by_time ON key_presses (pressed_at);
`
