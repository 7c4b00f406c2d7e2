/**
 * What is open is told by the end that is missing, not by the state: `pending`, `sent` and `received` follow each other in a
 * moment, and each step took the delivery out of the index and put it in again.
 */
export const openDeliveries = `
DROP INDEX deliveries_open;
CREATE INDEX deliveries_open ON deliveries (device_id, seq) WHERE ended_at IS NULL;
`
