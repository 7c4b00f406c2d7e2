/** What a person decided about an order that stopped: one decision each. */
export const decisions = `
CREATE TABLE decisions (
  order_id TEXT PRIMARY KEY,
  decision TEXT NOT NULL CHECK (decision IN ('release','refund-listed','dismiss')),
  reason TEXT NOT NULL,
  decided_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`
