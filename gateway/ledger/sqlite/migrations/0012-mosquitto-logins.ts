/** A device's secret as Mosquitto stores it; it cannot be made from our own hash, so devices of before have none. */
export const mosquittoLogins = `
ALTER TABLE devices ADD COLUMN mosquitto_hash TEXT CHECK (mosquitto_hash LIKE '$7$%');
`
