/**
 * An order outlives the device that asked for it. What it was asked by is kept aside then, so that a device that gets the same
 * id later inherits neither its orders nor its request ids.
 */
export const formerDevices = `
ALTER TABLE orders ADD COLUMN former_device_id TEXT;
ALTER TABLE orders ADD COLUMN former_request_id TEXT;
ALTER TABLE orders ADD COLUMN former_kind TEXT;
`
