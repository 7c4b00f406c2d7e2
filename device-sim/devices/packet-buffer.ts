import { firstJson } from './json-scan.ts'

/**
 * The one buffer of a small MQTT client, as PubSubClient has it (public firmware): a packet that does not fit is dropped
 * without a word and without its PUBACK; one that fits is written over the last and read as text without an end, so that
 * what follows it is the tail of a longer one before.
 */
export class PacketBuffer {
  readonly #bytes: number | null
  readonly #dirty: boolean
  #held = Buffer.alloc(0)
  #last = ''

  /** @param bytes the whole packet with its header; null takes any. @param dirty the old tail is read too */
  constructor(bytes: number | null, dirty: boolean) {
    this.#bytes = bytes
    this.#dirty = dirty
  }

  fits(packetBytes: number): boolean {
    return this.#bytes === null || packetBytes <= this.#bytes
  }

  /** The text the firmware reads of a message that fitted. */
  read({ topic, qos, payload }: { readonly topic: string; readonly qos: number; readonly payload: Buffer }): string {
    if (!this.#dirty) return payload.toString()
    const key = `${qos} ${topic}`
    // Of an empty message on another topic the old bytes begin in the middle of something: nothing that can be read.
    if (payload.length === 0 && key !== this.#last) return ''
    this.#last = key
    this.#held = Buffer.concat([payload, this.#held.subarray(payload.length)])
    const text = this.#held.toString()
    return firstJson(text) ?? text
  }
}
