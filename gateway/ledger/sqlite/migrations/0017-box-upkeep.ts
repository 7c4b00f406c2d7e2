/** What the host told of itself gets its time and a number of its own, so that it can be forgotten oldest first, a few rows at a time. */
export const boxUpkeep = `
CREATE TABLE told_by_host_in_order (
  told_id INTEGER PRIMARY KEY,
  payment_id TEXT NOT NULL UNIQUE,
  told_at INTEGER NOT NULL
) STRICT;
INSERT INTO told_by_host_in_order (payment_id, told_at)
  SELECT payment_id, coalesce((SELECT received_at FROM payments p WHERE p.payment_id = t.payment_id), 0) AS told_at
  FROM told_by_host t ORDER BY told_at, payment_id;
DROP TABLE told_by_host;
ALTER TABLE told_by_host_in_order RENAME TO told_by_host;
`
