/** When the host's message came in that a delivery goes back to: what a customer waits for begins there, not where the row was written. */
export const heardAt = `
ALTER TABLE deliveries ADD COLUMN heard_at INTEGER;
`
