/**
 * Reads how long the packets of an MQTT byte stream are, without keeping a byte of them.
 *
 * A packet is one type byte, one to four bytes of **remaining length** (seven bits each, the lowest first, the top bit
 * says that another follows) and as many bytes as that length announced. Every byte of the length only makes it
 * longer, so a packet is refused at the first byte that takes it over the limit, before its body is read.
 */
type RefusalCode = 'PACKET_TOO_LARGE' | 'LENGTH_MALFORMED' | 'CONNECT_EXPECTED'

/** What arrived is not let through to the broker; the connection ends. */
export class PacketRefusedError extends Error {
  override readonly name = 'PacketRefusedError'
  readonly code: RefusalCode
  constructor(code: RefusalCode, message: string) {
    super(message)
    this.code = code
  }
}

/** Type 1 and no flags, the only first byte a connection may have. [MQTT-3.1.0-1] */
const CONNECT = 0x10

export class PacketMeter {
  /** Bytes a whole packet may have, its header included; looked at with every header byte. */
  limit: number
  /** Packets read to their end. */
  packets = 0
  #headerBytes = 0
  #announced = 0
  #bodyLeft = 0

  /** Whether what was read ends with the end of a packet. */
  get isBetween(): boolean {
    return this.#headerBytes === 0 && this.#bodyLeft === 0
  }

  constructor(limit: number) {
    this.limit = limit
  }

  /**
   * Reads from `start` to the end of the packet it is in, or to the end of the chunk, and returns where it stopped.
   * Throws PacketRefusedError; the meter is of no use after that.
   */
  advance(chunk: Buffer, start: number): number {
    let at = start
    while (at < chunk.length) {
      if (this.#bodyLeft > 0) {
        const step = Math.min(this.#bodyLeft, chunk.length - at)
        this.#bodyLeft -= step
        at += step
      } else {
        const headerRead = this.#readHeader(chunk.readUInt8(at))
        at += 1
        if (!headerRead) continue
      }
      if (this.#bodyLeft > 0) continue
      this.packets += 1
      return at
    }
    return at
  }

  /** Whether this byte was the last of a fixed header. */
  #readHeader(byte: number): boolean {
    this.#headerBytes += 1
    if (this.#headerBytes === 1) {
      if (this.packets === 0 && byte !== CONNECT) {
        throw new PacketRefusedError(
          'CONNECT_EXPECTED',
          `the first packet starts with ${byte}, a CONNECT with ${CONNECT}`,
        )
      }
      return false
    }
    this.#announced += (byte & 0x7f) * 128 ** (this.#headerBytes - 2)
    const bytes = this.#headerBytes + this.#announced
    if (bytes > this.limit) {
      throw new PacketRefusedError(
        'PACKET_TOO_LARGE',
        `a packet of ${bytes} bytes or more; at most ${this.limit} are read`,
      )
    }
    if (byte >= 0x80) {
      // [MQTT-2.2.3]: a fifth byte would have to follow, and there is none.
      if (this.#headerBytes === 5) throw new PacketRefusedError('LENGTH_MALFORMED', 'a length of more than four bytes')
      return false
    }
    this.#bodyLeft = this.#announced
    this.#headerBytes = 0
    this.#announced = 0
    return true
  }
}
