/** Ids this project gives. The random bytes can be given in tests; uniqueness is also enforced by the ledger. */
import { randomBytes } from 'node:crypto'

type RandomBytes = (bytes: number) => Uint8Array

/** Crockford's 32 digits: no I, L, O or U, which people take for others. In ASCII order, so that ids sort as numbers. */
export const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Five random bits a character. */
function randomText(length: number, random: RandomBytes): string {
  const bytes = random(length)
  if (bytes.length !== length) throw new RangeError(`got ${bytes.length} random bytes where ${length} are needed`)
  return Array.from(bytes, byte => DIGITS.charAt(byte & 31)).join('')
}

/**
 * A new order id: 13 characters of `[0-9A-Z]`, 65 random bits. VietQR's older documentation allows no more than 13, and
 * its merchant accounts match by order id and amount alone, so it must be unique across all terminals for ever.
 */
export function newOrderId(random: RandomBytes = randomBytes): string {
  return randomText(13, random)
}

/**
 * A new message id: 26 characters, 48 bits of time and 80 random bits (ULID). Later ids sort after earlier ones; within
 * one millisecond the order is random. `now` is epoch milliseconds; throws RangeError for what is no such time.
 */
export function newMessageId(now: number, random: RandomBytes = randomBytes): string {
  if (!Number.isInteger(now) || now < 0 || now >= 2 ** 48) {
    throw new RangeError(`${now} is not a time; whole epoch milliseconds are needed`)
  }
  return timeText(now) + randomText(16, random)
}

/** What no message id of `now` or later sorts before, and all earlier ones do; `now` is epoch milliseconds, a time before 1970 is 1970. */
export function firstMessageId(now: number): string {
  return timeText(Math.max(Math.floor(now), 0)) + DIGITS.charAt(0).repeat(16)
}

function timeText(now: number): string {
  let time = ''
  for (let rest = now; time.length < 10; rest = Math.floor(rest / 32)) time = DIGITS.charAt(rest % 32) + time
  return time
}

/** Whether `text` has the form of the order ids given here. */
export function isOrderId(text: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{13}$/.test(text)
}

/** Whether `text` can name a device: it is a topic level, an MQTT user name and part of file names. */
export function isDeviceId(text: string): boolean {
  return /^[a-z0-9-]{1,32}$/.test(text)
}
