import { pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * Passwords in the form of Mosquitto's own password file: `$7$iterations$salt$hash`, PBKDF2 with SHA-512 over 12 bytes of salt,
 * 64 bytes of hash, both in base64 (source: what `mosquitto_passwd` of Mosquitto 2.0 writes).
 */

/** What `mosquitto_passwd` takes. Enough for 256 random bits, which no number of guesses finds. */
const ITERATIONS_OF_A_SECRET = 101
/** For a password a person may have chosen; Mosquitto stands still for about 20 ms at each such login. */
export const ITERATIONS_OF_A_PASSWORD = 20_000
const SALT_BYTES = 12
const HASH_BYTES = 64
/** Longer work than this for one line is not ours. */
const MOST_ITERATIONS = 1_000_000

export function mosquittoHash(password: string, iterations: number = ITERATIONS_OF_A_SECRET): string {
  const salt = randomBytes(SALT_BYTES)
  const hash = pbkdf2Sync(password, salt, iterations, HASH_BYTES, 'sha512')
  return `$7$${iterations}$${salt.toString('base64')}$${hash.toString('base64')}`
}

/** Whether this is the password behind such a line. Text of any other form fits nothing. */
export function mosquittoHashFits(password: string, written: string): boolean {
  const [, digits, salt, hash] = /^\$7\$(\d{1,7})\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/.exec(written) ?? []
  const iterations = Number(digits)
  if (salt === undefined || hash === undefined || iterations < 1 || iterations > MOST_ITERATIONS) return false
  const stored = Buffer.from(hash, 'base64')
  if (stored.length !== HASH_BYTES) return false
  const given = pbkdf2Sync(password, Buffer.from(salt, 'base64'), iterations, HASH_BYTES, 'sha512')
  return timingSafeEqual(given, stored)
}
