/**
 * A look at the fixed header of every packet that comes from the host, before MQTT.js collects the packet in memory.
 *
 * A fixed header is one byte of type and flags and a remaining length of one to four bytes, seven bits each, lowest first
 * [MQTT 3.1.1, 2.2.3]. It can announce 256 MiB; MQTT.js would wait for all of them and has no limit in MQTT 3.1.1.
 */
const CONNACK = 0x20
const TLS_ALERT = 0x15
const LETTER_H = 0x48
const MOST_LENGTH_BYTES = 4

type Expecting = 'type' | 'length' | 'body'

export class FrameGuard {
  readonly #maximumBytes: number
  #expecting: Expecting = 'type'
  #first = true
  #length = 0
  #lengthBytes = 0
  #bodyLeft = 0
  #fault: string | undefined

  /** `maximumBytes` is the largest packet taken, without its fixed header. */
  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes
  }

  /** Takes the next bytes of the stream; returns what is wrong with it in words, or undefined. */
  take(chunk: Uint8Array): string | undefined {
    let at = 0
    while (at < chunk.length && this.#fault === undefined) {
      if (this.#expecting === 'body') {
        const taken = Math.min(this.#bodyLeft, chunk.length - at)
        at += taken
        this.#bodyLeft -= taken
        if (this.#bodyLeft === 0) this.#expecting = 'type'
        continue
      }
      const byte = chunk[at] ?? 0
      at += 1
      if (this.#expecting === 'type') this.#takeType(byte)
      else this.#takeLength(byte)
    }
    return this.#fault
  }

  #takeType(byte: number): void {
    if (this.#first && byte !== CONNACK) this.#fault = foreignGreeting(byte)
    this.#first = false
    this.#length = 0
    this.#lengthBytes = 0
    this.#expecting = 'length'
  }

  #takeLength(byte: number): void {
    this.#length += (byte & 0x7f) * 128 ** this.#lengthBytes
    this.#lengthBytes += 1
    if ((byte & 0x80) !== 0) {
      if (this.#lengthBytes === MOST_LENGTH_BYTES)
        this.#fault = 'The host sent a packet length that MQTT does not allow.'
      return
    }
    if (this.#length > this.#maximumBytes) {
      this.#fault =
        `The host announced a packet of ${this.#length} bytes; at most ${this.#maximumBytes} are taken. ` +
        'While it is queued for this client id it comes again after each connect: have it removed at the host, ' +
        'or connect once with host.session: clean.'
    }
    this.#bodyLeft = this.#length
    this.#expecting = this.#length === 0 ? 'type' : 'body'
  }
}

function foreignGreeting(byte: number): string {
  if (byte === TLS_ALERT) return 'The host answered in TLS: this is a TLS port, so host.url begins with mqtts://.'
  if (byte === LETTER_H) return 'The host answered in HTTP: host.url needs the port of the MQTT broker.'
  return 'The host did not answer in MQTT: host.url needs the address and port of the MQTT broker.'
}
