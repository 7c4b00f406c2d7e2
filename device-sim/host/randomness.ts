import { randomBytes } from 'node:crypto'

/** The random parts of what the host makes: trace tokens, ids, bank references. With a seed they are the same every time. */
export class Randomness {
  readonly #seed: number | undefined
  #bytes: (count: number) => Uint8Array

  constructor(seed?: number) {
    this.#seed = seed
    this.#bytes = source(seed)
  }

  /** From the beginning, if there is a seed. */
  restart(): void {
    this.#bytes = source(this.#seed)
  }

  /** Lower-case hex digits. */
  hex(digits: number): string {
    return Buffer.from(this.#bytes(Math.ceil(digits / 2)))
      .toString('hex')
      .slice(0, digits)
  }

  digits(count: number): string {
    return Array.from(this.#bytes(count), byte => byte % 10).join('')
  }

  /** Capital letters and digits. */
  code(length: number): string {
    return Array.from(this.#bytes(length), byte => (byte % 36).toString(36))
      .join('')
      .toUpperCase()
  }

  /** From 0 up to but not including 1. */
  fraction(): number {
    return Buffer.from(this.#bytes(4)).readUInt32BE() / 2 ** 32
  }

  /** A UUID of version 4. */
  uuid(): string {
    const hex = this.hex(32)
    const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16)
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `${variant}${hex.slice(17, 20)}`,
      hex.slice(20),
    ].join('-')
  }
}

function source(seed: number | undefined): (count: number) => Uint8Array {
  return seed === undefined ? randomBytes : seeded(seed)
}

/** SplitMix32: small, even, and plenty for ids nobody has to be unable to guess. */
function seeded(seed: number): (count: number) => Uint8Array {
  let state = seed | 0
  const byte = (): number => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) & 0xff
  }
  return count => Uint8Array.from({ length: count }, byte)
}
