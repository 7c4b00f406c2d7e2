/**
 * `probe` is written and emptied to see whether the disk takes a commit. The index spares a device that returns a walk
 * through every delivery there ever was.
 */
export const upkeep = `
CREATE TABLE probe (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  filler BLOB NOT NULL
) STRICT;
CREATE INDEX deliveries_unsummarised ON deliveries (device_id)
  WHERE kind = 'announce' AND state = 'expired' AND summarised = 0;
`
