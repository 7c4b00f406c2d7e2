/** What a person set for one device, and whether a machine says that it cannot release anything now. */
export const deviceSettings = `
ALTER TABLE devices ADD COLUMN set_volume INTEGER CHECK (set_volume BETWEEN 0 AND 100);
ALTER TABLE devices ADD COLUMN set_language TEXT CHECK (set_language IN ('vi','en'));
ALTER TABLE devices ADD COLUMN set_brightness INTEGER CHECK (set_brightness BETWEEN 0 AND 100);
ALTER TABLE devices ADD COLUMN out_of_service INTEGER NOT NULL DEFAULT 0 CHECK (out_of_service IN (0, 1));
`
