/**
 * What nearly all that a device sends consists of, taken past the MQTT library: PUBACK, and PUBLISH at QoS 0 or 1 on a topic the
 * device may publish on. The library's way takes three streams, a parser and a queue for each packet. Everything else is left to
 * it, and so is every packet that is cut or that does not keep to MQTT or to the rules: what is wrong is said in one place.
 *
 * A packet is taken whole and between two others, and only while the library has read all that came before it. What is said is
 * heard in the order of the link whichever way it came, and acknowledged when the owner has it on disk. A device that says much
 * without waiting is left to the library too, which reads no more of it until all that was read is answered.
 */
import { deviceRoot } from '../../protocol/local/topics.ts'
import { readLength } from '../mqtt/packet-length.ts'
import { isPublish, type Publish, qosOf, readPublish } from '../mqtt/publish-packet.ts'
import { publishAllowed } from './rules.ts'

const DUP = 0x08
const PUBACK = 0x40
const MOST_UNANSWERED = 16
const VERSION = 4

interface PlainPacketsParts {
  readonly deviceId: string
  /** Resolves when the owner has it on disk; a rejection ends the link. */
  readonly hear: (said: { path: string; payload: Buffer; retained: boolean }) => Promise<void>
  /** Sends a packet of the broker's, unless the link has ended. */
  readonly write: (packet: Buffer) => void
  readonly end: (error: Error) => void
}

export class PlainPackets {
  readonly #parts: PlainPacketsParts
  readonly #root: string
  #unanswered = 0
  /** The topic that was said last, and its part below the device's root: a device says most of what it says on one. */
  #last = { topic: '', path: '' }

  constructor(parts: PlainPacketsParts) {
    this.#parts = parts
    this.#root = `${deviceRoot(parts.deviceId)}/`
  }

  /** Takes packets from the beginning of `bytes`, which is the beginning of one; how many bytes that were. */
  take(bytes: Buffer): number {
    let taken = 0
    for (let end = this.#takeOne(bytes, 0); end > taken; end = this.#takeOne(bytes, taken)) taken = end
    return taken
  }

  /** Where the packet that begins at `at` ends; `at` when it is not taken. */
  #takeOne(bytes: Buffer, at: number): number {
    const firstByte = bytes[at]
    if (firstByte === undefined || !mayBePlain(firstByte)) return at
    const found = readLength(bytes, at + 1)
    if (typeof found === 'string') return at
    const end = found.end + found.length
    if (end > bytes.length) return at
    // Who waits for the answer to a message is its lane, which waits for what the device says to it.
    if (firstByte === PUBACK) return found.length === 2 ? end : at
    const said = readPublish(firstByte, bytes.subarray(found.end, end), VERSION)
    return said !== null && this.#hear(said) ? end : at
  }

  #hear({ topic, payload, qos, retained, messageId }: Publish): boolean {
    const path = this.#pathOf(topic)
    if (path === null || this.#unanswered >= MOST_UNANSWERED) return false
    const { hear, write, end } = this.#parts
    this.#unanswered += 1
    hear({ path, payload, retained }).then(() => {
      this.#unanswered -= 1
      if (qos > 0) write(Buffer.from([PUBACK, 2, messageId >> 8, messageId & 0xff]))
    }, end)
    return true
  }

  #pathOf(topic: string): string | null {
    if (topic === this.#last.topic) return this.#last.path
    if (!publishAllowed(this.#parts.deviceId, topic)) return null
    this.#last = { topic, path: topic.slice(this.#root.length) }
    return this.#last.path
  }
}

/** PUBACK, or PUBLISH at QoS 1, or at QoS 0 without the mark of a repetition. [MQTT-3.3.1-2] */
function mayBePlain(firstByte: number): boolean {
  if (firstByte === PUBACK) return true
  const qos = qosOf(firstByte)
  return isPublish(firstByte) && qos <= 1 && (qos === 1 || (firstByte & DUP) === 0)
}
