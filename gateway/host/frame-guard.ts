import { readLength } from '../mqtt/packet-length.ts'
import { isPublish, qosOf } from '../mqtt/publish-packet.ts'

/**
 * The first look at what comes from the host: tells its messages, the PUBLISH packets, from all other packets, which are MQTT.js's.
 *
 * A fixed header, one byte of type and flags and the length of what follows, can announce 256 MiB; MQTT.js would wait for all of them
 * and has no limit in MQTT 3.1.1.
 *
 * A message larger than the limit is **cut**: of its body the beginning is kept and the rest is let go as it comes, so that it is
 * taken in, stored and acknowledged like every other message, in its turn; a connection that ended instead would be sent it
 * again at once, for ever. Any other packet of that size is a fault.
 */
const CONNACK = 0x20
const TLS_ALERT = 0x15
const LETTER_H = 0x48
/** How much of the payload is kept of a message that is cut. */
const KEPT_PAYLOAD_BYTES = 1024
/** The longest topic with its length, the packet id, and that part of the payload. */
const KEPT_BYTES = 2 + 65_535 + 2 + KEPT_PAYLOAD_BYTES
const NOTHING = Buffer.alloc(0)

export interface FrameGuardOwner {
  /** Bytes for MQTT.js, in their order. */
  pass(bytes: Buffer): void
  /**
   * A PUBLISH: its first byte, and what comes after its fixed header. `cutFrom` is how long that was where only its beginning was
   * kept, else null.
   */
  message(firstByte: number, body: Buffer, cutFrom: number | null): void
}

export class FrameGuard {
  readonly #maximumBytes: number
  readonly #owner: FrameGuardOwner
  /** The beginning of a fixed header whose end has not come. */
  #rest: Buffer = NOTHING
  /** Whether the fixed header of a packet was read whose body has not come whole. */
  #inPacket = false
  #firstByte = 0
  #length = 0
  #bodyLeft = 0
  /** What has come of a message's body, in pieces, where it comes in more than one. */
  #pieces: Buffer[] = []
  #kept = 0
  #greeted = false
  #skipped = 0
  #fault: string | undefined

  /** `maximumBytes` is the largest packet taken whole, without its fixed header. */
  constructor(maximumBytes: number, owner: FrameGuardOwner) {
    this.#maximumBytes = maximumBytes
    this.#owner = owner
  }

  /** Bytes of cut messages so far: while they grow, the host is sending. */
  get skipped(): number {
    return this.#skipped
  }

  /** Takes the next bytes of the stream; returns what is wrong with it in words, or undefined. */
  take(chunk: Buffer): string | undefined {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = NOTHING
    let at = 0
    while (at < bytes.length && this.#fault === undefined) {
      const begins = at
      if (!this.#inPacket) {
        const headerBytes = this.#beginPacket(bytes, at)
        if (headerBytes === 0) {
          this.#rest = bytes.subarray(at)
          break
        }
        at += headerBytes
      }
      const end = Math.min(at + this.#bodyLeft, bytes.length)
      this.#bodyLeft -= end - at
      if (isPublish(this.#firstByte)) this.#takeBody(bytes.subarray(at, end))
      else this.#owner.pass(bytes.subarray(begins, end))
      this.#inPacket = this.#bodyLeft > 0
      at = end
    }
    return this.#fault
  }

  /** Reads the fixed header at this place; returns its length, or 0 when it is not whole yet or wrong. */
  #beginPacket(bytes: Buffer, at: number): number {
    const firstByte = bytes[at] ?? 0
    if (!this.#greeted && firstByte !== CONNACK) {
      this.#fault = foreignGreeting(firstByte)
      return 0
    }
    this.#greeted = true
    const announced = readLength(bytes, at + 1)
    if (announced === 'wrong') this.#fault = 'The host sent a packet length that MQTT does not allow.'
    if (typeof announced === 'string') return 0
    const { length, end } = announced
    if (length > this.#maximumBytes && !isPublish(firstByte)) {
      this.#fault = `The host announced a packet of ${length} bytes; at most ${this.#maximumBytes} are taken.`
      return 0
    }
    this.#firstByte = firstByte
    this.#length = length
    this.#bodyLeft = length
    return end - at
  }

  /** The next piece of a message; nearly always all of it. */
  #takeBody(piece: Buffer): void {
    const isCut = this.#length > this.#maximumBytes
    if (isCut) this.#skipped += piece.length
    else if (piece.length === this.#length) {
      this.#owner.message(this.#firstByte, piece, null)
      return
    }
    const room = isCut ? KEPT_BYTES - this.#kept : piece.length
    if (room > 0) {
      // A copy: what is kept for long must not keep everything else that came with it.
      this.#pieces.push(Buffer.from(piece.subarray(0, room)))
      this.#kept += Math.min(room, piece.length)
    }
    if (this.#bodyLeft > 0) return
    const body = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#kept = 0
    if (isCut) this.#tellCut(body)
    else this.#owner.message(this.#firstByte, body, null)
  }

  #tellCut(kept: Buffer): void {
    const beforePayload = 2 + kept.readUInt16BE(0) + (qosOf(this.#firstByte) === 0 ? 0 : 2)
    if (beforePayload > this.#length) {
      this.#fault = 'The host sent a message whose topic is longer than the message.'
      return
    }
    const body = kept.subarray(0, beforePayload + KEPT_PAYLOAD_BYTES)
    this.#owner.message(this.#firstByte, body, this.#length)
  }
}

function foreignGreeting(byte: number): string {
  if (byte === TLS_ALERT) return 'The host answered in TLS: this is a TLS port, so host.url begins with mqtts://.'
  if (byte === LETTER_H) return 'The host answered in HTTP: host.url needs the port of the MQTT broker.'
  return 'The host did not answer in MQTT: host.url needs the address and port of the MQTT broker.'
}
