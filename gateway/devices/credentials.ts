import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { mosquittoHash } from './mosquitto-password.ts'

/**
 * Passwords of devices: 256 random bits, so that a plain SHA-256 is as hard to turn back as a slow hash of a human password,
 * and costs nothing when a thousand devices reconnect at once.
 */
export function newCredentials(): NewCredentials {
  const password = newSecret()
  return { password, stored: hashesOf(password) }
}

export interface StoredHashes {
  readonly secretSha256: Uint8Array
  readonly mosquittoHash: string
}

export interface NewCredentials {
  /** Shown once, never stored. */
  readonly password: string
  /** What is stored instead. */
  readonly stored: StoredHashes
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

export function hashSecret(secret: string | Uint8Array): Uint8Array {
  return createHash('sha256').update(secret).digest()
}

/** What is stored of a new secret: our own hash, and the line Mosquitto needs, which cannot be made from our hash later. */
function hashesOf(secret: string): StoredHashes {
  return { secretSha256: hashSecret(secret), mosquittoHash: mosquittoHash(secret) }
}

/** Whether this is the secret behind the stored hash; takes as long for a wrong one. A missing hash never fits. */
export function secretFits(secret: Uint8Array, storedSha256: Uint8Array | null): boolean {
  const given = hashSecret(secret)
  const stored = storedSha256 ?? new Uint8Array(given.length)
  return timingSafeEqual(given, stored) && storedSha256 !== null
}
