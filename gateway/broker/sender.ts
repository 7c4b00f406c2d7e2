/**
 * Writes messages onto the connection of one device, each as one packet and one write. The library's own way takes a turn of the
 * event loop before and after each message and five writes for its parts (measured: 25 µs a message against 8), and keeps
 * nothing that would be missed: who waits for an answer to a message is its lane, not the broker.
 */
import type { Duplex } from 'node:stream'

const PUBLISH = 0x30
const AT_LEAST_ONCE = 0x02
const MOST_IDS = 65_535

export class Sender {
  readonly #connection: Duplex
  /** Milliseconds the device may leave a full connection unread. */
  readonly #drainTimeout: number
  #lastId = 0
  #draining: Promise<void> | undefined

  constructor(connection: Duplex, drainTimeout: number) {
    this.#connection = connection
    this.#drainTimeout = drainTimeout
  }

  /** Resolves when the connection can take another message, or has ended. */
  deliver(topic: string, payload: string, qos: 0 | 1, numbered?: (packetId: number) => void): Promise<void> {
    if (!this.#connection.writable) return Promise.resolve()
    // Ids begin again at 1 long after the device has answered the first. [MQTT-2.3.1-1]
    this.#lastId = (this.#lastId % MOST_IDS) + 1
    if (qos === 1) numbered?.(this.#lastId)
    const isTaken = this.#connection.write(publishPacket(topic, payload, qos === 0 ? null : this.#lastId))
    return isTaken ? Promise.resolve() : this.#drained()
  }

  /** A device that leaves its answers unread as long is ended too. */
  answer(packet: Buffer): void {
    if (this.#connection.writable && !this.#connection.write(packet)) void this.#drained()
  }

  #drained(): Promise<void> {
    this.#draining ??= new Promise(resolve => {
      const connection = this.#connection
      const over = (): void => {
        clearTimeout(timer)
        connection.off('drain', over)
        connection.off('close', over)
        this.#draining = undefined
        resolve()
      }
      const timer = setTimeout(() => connection.destroy(new Error('the device reads nothing')), this.#drainTimeout)
      connection.on('drain', over)
      connection.on('close', over)
    })
    return this.#draining
  }
}

/** PUBLISH, not retained, not a repetition; at QoS 1 with a packet id, else at QoS 0. [MQTT 3.1.1, 3.3] */
function publishPacket(topic: string, payload: string, id: number | null): Buffer {
  const topicBytes = Buffer.byteLength(topic)
  const payloadBytes = Buffer.byteLength(payload)
  const length = 2 + topicBytes + (id === null ? 0 : 2) + payloadBytes
  const packet = Buffer.allocUnsafe(1 + lengthBytes(length) + length)
  let at = packet.writeUInt8(id === null ? PUBLISH : PUBLISH | AT_LEAST_ONCE, 0)
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    at = packet.writeUInt8(rest < 128 ? rest : (rest % 128) | 128, at)
    if (rest < 128) break
  }
  at = packet.writeUInt16BE(topicBytes, at)
  at += packet.write(topic, at)
  if (id !== null) at = packet.writeUInt16BE(id, at)
  packet.write(payload, at)
  return packet
}

/** How many bytes a remaining length takes: seven bits in each. */
function lengthBytes(length: number): number {
  return length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4
}
