import { createCipheriv, createDecipheriv, randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Uint8Array, number, { N: number; r: number; p: number }, Buffer>(scrypt)

/** Some 50 ms and 16 MiB for a guess: eight digits are a human's password, whatever the tries at the door. */
const COST = { N: 16_384, r: 8, p: 1 }
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Digits are the same read aloud in every language, and every keypad has them. */
const CODE_DIGITS = 8

export function newPairingCode(): string {
  return String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0')
}

/** What a code opens. */
export interface CodeKeys {
  /** Stored, to know the code again. */
  readonly hash: Uint8Array
  /** Never stored: seals the credentials of the window. */
  readonly seal: Uint8Array
}

/** The keys of a code as it was typed: blanks and dashes are only there to be read. */
export async function keysOfCode(typed: string, salt: Uint8Array): Promise<CodeKeys> {
  const both = await derive(typed.replace(/[\s-]/g, ''), salt, 2 * KEY_BYTES, COST)
  return { hash: both.subarray(0, KEY_BYTES), seal: both.subarray(KEY_BYTES) }
}

export function sameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

/** AES-256-GCM: nonce, tag, text. */
export function sealed(text: string, key: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body])
}

/** @throws Error when it was sealed with another key */
export function unsealed(bytes: Uint8Array, key: Uint8Array): string {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  const body = bytes.subarray(NONCE_BYTES + TAG_BYTES)
  return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
}
