/**
 * The audit trail. It only grows: every entry carries the hash of the one before, and the database itself refuses a change, a
 * removal (also the one hidden in INSERT OR REPLACE) and a gap. `audit_head` tells how many there must be, so that
 * missing entries at the end show as well.
 */
export const audit = `
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY CHECK (seq > 0),
  at INTEGER NOT NULL,
  who TEXT NOT NULL CHECK (who <> ''),
  via TEXT NOT NULL CHECK (via IN ('cli','gateway')),
  action TEXT NOT NULL CHECK (action <> ''),
  subject TEXT NOT NULL,
  details TEXT NOT NULL CHECK (json_valid(details)),
  previous BLOB NOT NULL CHECK (length(previous) = 32),
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  entries INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO audit_head (id, entries, hash) VALUES (1, 0, zeroblob(32));
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
  WHEN NEW.seq IS NOT (SELECT entries + 1 FROM audit_head) OR NEW.previous IS NOT (SELECT hash FROM audit_head)
  BEGIN SELECT RAISE(ABORT, 'an entry of the audit trail continues the one before'); END;
CREATE TRIGGER audit_grows AFTER INSERT ON audit
  BEGIN UPDATE audit_head SET entries = NEW.seq, hash = NEW.hash; END;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head WHEN NEW.entries <> OLD.entries + 1
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_head_kept BEFORE DELETE ON audit_head
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
`
