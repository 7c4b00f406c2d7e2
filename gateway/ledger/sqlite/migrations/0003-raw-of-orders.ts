/** The host's answer to an order is kept as it came, like the notices payments were made of. */
export const rawOfOrders = `
ALTER TABLE raw_messages ADD COLUMN order_id TEXT;
CREATE INDEX raw_of_order ON raw_messages (order_id) WHERE order_id IS NOT NULL;
`
