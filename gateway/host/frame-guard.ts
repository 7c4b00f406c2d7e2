/**
 * A look at the fixed header of every packet that comes from the host, before MQTT.js collects the packet in memory.
 *
 * A fixed header is one byte of type and flags and a remaining length of one to four bytes, seven bits each, lowest first
 * [MQTT 3.1.1, 2.2.3]. It can announce 256 MiB; MQTT.js would wait for all of them and has no limit in MQTT 3.1.1.
 *
 * A PUBLISH larger than the limit is **cut**: its body is let go as it comes, and in its place in the stream MQTT.js gets the same
 * PUBLISH with the first bytes of its payload only. So it is taken in, stored and acknowledged like every other message, in
 * its turn; a connection that ended instead would be sent it again at once, for ever. Which one was cut is told by its number
 * among all PUBLISH packets of the connection. Any other packet of that size is a fault.
 */
const CONNACK = 0x20
const PUBLISH = 0x30
const TLS_ALERT = 0x15
const LETTER_H = 0x48
const MOST_LENGTH_BYTES = 4
/** How much of the payload is kept of a message that is cut. */
const KEPT_PAYLOAD_BYTES = 1024
/** The longest topic with its length, the packet id, and that part of the payload. */
const KEPT_BYTES = 2 + 65_535 + 2 + KEPT_PAYLOAD_BYTES

export interface FrameGuardOwner {
  /** Bytes for MQTT.js, in their order. */
  pass(bytes: Uint8Array): void
  /** The `number`th PUBLISH of the connection, from 1, was cut; it had `bytes` after its fixed header. Told before it is passed. */
  cut(number: number, bytes: number): void
}

/** A PUBLISH whose body is let go. */
interface Cut {
  readonly firstByte: number
  readonly bytes: number
  kept: Uint8Array
}

export class FrameGuard {
  readonly #maximumBytes: number
  readonly #owner: FrameGuardOwner
  /** The beginning of a fixed header whose end has not come. */
  #rest: Uint8Array = new Uint8Array()
  #bodyLeft = 0
  #cut: Cut | null = null
  #greeted = false
  #publishes = 0
  #skipped = 0
  #fault: string | undefined

  /** `maximumBytes` is the largest packet passed whole, without its fixed header. */
  constructor(maximumBytes: number, owner: FrameGuardOwner) {
    this.#maximumBytes = maximumBytes
    this.#owner = owner
  }

  /** Bytes let go so far: while they grow, the host is sending. */
  get skipped(): number {
    return this.#skipped
  }

  /** Takes the next bytes of the stream; returns what is wrong with it in words, or undefined. */
  take(chunk: Uint8Array): string | undefined {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = new Uint8Array()
    // What is before it was passed on or let go; most chunks are passed whole.
    let from = 0
    let at = 0
    while (at < bytes.length && this.#fault === undefined) {
      const body = Math.min(this.#bodyLeft, bytes.length - at)
      if (body > 0) {
        this.#bodyLeft -= body
        at += body
        if (this.#cut === null) continue
        this.#skip(this.#cut, bytes.subarray(at - body, at))
        from = at
        continue
      }
      const headerBytes = this.#beginPacket(bytes, at)
      if (headerBytes === 0) break
      if (this.#cut !== null) {
        this.#pass(bytes, from, at)
        from = at + headerBytes
      }
      at += headerBytes
    }
    if (this.#fault === undefined) {
      this.#pass(bytes, from, at)
      this.#rest = bytes.slice(at)
    }
    return this.#fault
  }

  /** Reads the fixed header at this place; returns its length, or 0 when it is not whole yet or wrong. */
  #beginPacket(bytes: Uint8Array, at: number): number {
    const firstByte = bytes[at] ?? 0
    if (!this.#greeted && firstByte !== CONNACK) {
      this.#fault = foreignGreeting(firstByte)
      return 0
    }
    this.#greeted = true
    let length = 0
    for (let index = 0; index < MOST_LENGTH_BYTES; index += 1) {
      const byte = bytes[at + 1 + index]
      if (byte === undefined) return 0
      length += (byte & 0x7f) * 128 ** index
      if ((byte & 0x80) !== 0) continue
      this.#bodyLeft = length
      this.#beginBody(firstByte, length)
      return index + 2
    }
    this.#fault = 'The host sent a packet length that MQTT does not allow.'
    return 0
  }

  #beginBody(firstByte: number, length: number): void {
    const isPublish = (firstByte & 0xf0) === PUBLISH
    if (isPublish) this.#publishes += 1
    if (length <= this.#maximumBytes) return
    if (isPublish) this.#cut = { firstByte, bytes: length, kept: new Uint8Array() }
    else this.#fault = `The host announced a packet of ${length} bytes; at most ${this.#maximumBytes} are taken.`
  }

  #skip(cut: Cut, bytes: Uint8Array): void {
    this.#skipped += bytes.length
    const room = KEPT_BYTES - cut.kept.length
    if (room > 0) cut.kept = Buffer.concat([cut.kept, bytes.subarray(0, room)])
    if (this.#bodyLeft > 0) return
    this.#cut = null
    const beginning = cutDown(cut)
    if (beginning === null) {
      this.#fault = 'The host sent a message whose topic is longer than the message.'
      return
    }
    this.#owner.cut(this.#publishes, cut.bytes)
    this.#owner.pass(beginning)
  }

  #pass(bytes: Uint8Array, from: number, to: number): void {
    if (to > from) this.#owner.pass(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
  }
}

/** The same PUBLISH with the first bytes of its payload; null when there is no room for its topic [MQTT 3.1.1, 3.3]. */
function cutDown({ firstByte, bytes, kept }: Cut): Uint8Array | null {
  const topicBytes = 2 + (kept[0] ?? 0) * 256 + (kept[1] ?? 0)
  const beforePayload = topicBytes + ((firstByte & 0x06) === 0 ? 0 : 2)
  if (beforePayload > bytes) return null
  const length = Math.min(beforePayload + KEPT_PAYLOAD_BYTES, bytes)
  return Buffer.concat([Uint8Array.of(firstByte, ...remainingLength(length)), kept.subarray(0, length)])
}

function remainingLength(length: number): number[] {
  return length < 128 ? [length] : [(length % 128) | 0x80, ...remainingLength(Math.floor(length / 128))]
}

function foreignGreeting(byte: number): string {
  if (byte === TLS_ALERT) return 'The host answered in TLS: this is a TLS port, so host.url begins with mqtts://.'
  if (byte === LETTER_H) return 'The host answered in HTTP: host.url needs the port of the MQTT broker.'
  return 'The host did not answer in MQTT: host.url needs the address and port of the MQTT broker.'
}
