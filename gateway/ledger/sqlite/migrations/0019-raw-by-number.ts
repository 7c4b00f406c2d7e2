/** Messages of the host are numbered as they come: the oldest are found by that, and no payment pays for an index of times. */
export const rawByNumber = `
DROP INDEX raw_by_time;
`
