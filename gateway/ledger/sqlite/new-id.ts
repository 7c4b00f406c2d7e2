import { randomFillSync } from 'node:crypto'
import { newMessageId } from '../../../protocol/ids.ts'

/** Random bytes for many ids at once: asking the system for sixteen costs as much as asking for four thousand. */
const pool = new Uint8Array(4096)
let used = pool.length

/** A new id of a payment or a delivery; `now` is epoch milliseconds. No random byte is used for two of them. */
export function newId(now: number): string {
  return newMessageId(now, take)
}

function take(bytes: number): Uint8Array {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.subarray(used - bytes, used)
}
