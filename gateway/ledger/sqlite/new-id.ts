import { randomFillSync } from 'node:crypto'
import { DIGITS, newMessageId } from '../../../protocol/ids.ts'

/**
 * New ids of payments and deliveries, as `newMessageId` makes them, several for each payment: what they have in common is worked
 * out once. Their time is the same for all of one millisecond, and asking the system for the random bytes of one costs as
 * much as asking for those of two hundred.
 */

const TIME_CHARACTERS = 10
const RANDOM_CHARACTERS = 16
/** Random characters, from `used` on; none is given twice. */
const pool = Buffer.alloc(RANDOM_CHARACTERS * 256)
let used = pool.length
let last = { now: -1, time: '' }

/** A new id; `now` is epoch milliseconds. @throws RangeError for what is no such time */
export function newId(now: number): string {
  if (last.now !== now) last = { now, time: newMessageId(now).slice(0, TIME_CHARACTERS) }
  return last.time + randomCharacters()
}

function randomCharacters(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    for (let at = 0; at < pool.length; at += 1) pool[at] = DIGITS.charCodeAt((pool[at] ?? 0) & 31)
    used = 0
  }
  used += RANDOM_CHARACTERS
  return pool.toString('latin1', used - RANDOM_CHARACTERS, used)
}
