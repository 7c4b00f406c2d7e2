/** What a machine said of its goods first, and which summary counted an announcement: both decide what is done only once. */
export const firstWords = `
ALTER TABLE orders ADD COLUMN machine_result TEXT CHECK (machine_result IN ('ok','partial','failed','unknown'));
ALTER TABLE deliveries ADD COLUMN summary_id TEXT;
DROP INDEX deliveries_unsummarised;
CREATE INDEX deliveries_unheard ON deliveries (device_id)
  WHERE kind = 'announce' AND state IN ('expired','failed') AND received_at IS NULL AND summary_id IS NULL AND summarised = 0;
CREATE INDEX deliveries_by_summary ON deliveries (summary_id) WHERE summary_id IS NOT NULL;
`
