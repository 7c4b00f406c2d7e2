const MOST_BYTES = 4

/** A length, and where in the bytes it ends. */
export interface PacketLength {
  readonly length: number
  readonly end: number
}

/**
 * Reads a length as MQTT writes them: one to four bytes of seven bits each, lowest first [MQTT 3.1.1, 2.2.3]. `cut`: its end has not
 * come; `wrong`: it has more bytes than MQTT allows.
 */
export function readLength(bytes: Buffer, at: number): PacketLength | 'cut' | 'wrong' {
  let length = 0
  for (let index = 0; index < MOST_BYTES; index += 1) {
    const byte = bytes[at + index]
    if (byte === undefined) return 'cut'
    length += (byte & 0x7f) * 128 ** index
    if ((byte & 0x80) === 0) return { length, end: at + index + 1 }
  }
  return 'wrong'
}
