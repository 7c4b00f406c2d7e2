/**
 * The two parts aedes forwards and remembers messages with, both replaced by ones that do neither.
 *
 * On this broker devices talk with the gateway alone: what comes up goes to the gateway before it is acknowledged, what
 * goes down is written to one link. So that no mistake in a rule can ever carry a message from one device to another, and
 * no stale sound is replayed from a queue, there is nothing here that could: no routing table, no retained messages, no
 * offline queues, no stored subscriptions or wills. Memory does not grow with the topics or client ids devices make up.
 */
import { Readable } from 'node:stream'

type Done = (error?: Error | null) => void

/** In place of `mqemitter`: takes subscriptions and messages, connects none with any other. */
export const forwardsNothing = {
  on(_topic: string, _deliver: unknown, done?: Done): void {
    done?.()
  },
  removeListener(_topic: string, _deliver: unknown, done?: Done): void {
    done?.()
  },
  emit(_packet: unknown, done: Done): void {
    done()
  },
  close(done: Done): void {
    setImmediate(done)
  },
}

interface Identified {
  readonly messageId?: number
}

/**
 * In place of `aedes-persistence`: keeps the ids of QoS 2 messages a link still has to release, for as long as the link
 * lives, and nothing else. Without them a repeated QoS 2 PUBLISH would be another message. [MQTT-4.3.3-2]
 */
export class RemembersNothing {
  readonly #acknowledged: (client: object, packetId: number) => void

  /** `acknowledged` hears of each PUBACK, for those who know their messages by packet id. */
  constructor(acknowledged: (client: object, packetId: number) => void = () => {}) {
    this.#acknowledged = acknowledged
  }

  readonly #unreleased = new WeakMap<object, Set<number | undefined>>()

  /** Whether the link has said this QoS 2 message before and not released it yet. */
  holds(client: object, messageId: number | undefined): boolean {
    return this.#unreleased.get(client)?.has(messageId) === true
  }

  async incomingStorePacket(client: object, packet: Identified): Promise<void> {
    const ids = this.#unreleased.get(client)
    if (ids === undefined) this.#unreleased.set(client, new Set([packet.messageId]))
    else ids.add(packet.messageId)
  }

  async incomingGetPacket(client: object, packet: Identified): Promise<Identified> {
    if (this.#unreleased.get(client)?.has(packet.messageId) !== true) throw new Error('no such packet')
    return packet
  }

  async incomingDelPacket(client: object, packet: Identified): Promise<void> {
    if (this.#unreleased.get(client)?.delete(packet.messageId) !== true) throw new Error('no such packet')
  }

  async cleanIncoming(client: object): Promise<void> {
    this.#unreleased.delete(client)
  }

  async outgoingClearMessageId(client: object, { messageId = 0 }: Identified): Promise<void> {
    this.#acknowledged(client, messageId)
  }

  async setup(): Promise<void> {}
  async storeRetained(): Promise<void> {}
  async addSubscriptions(): Promise<void> {}
  async removeSubscriptions(): Promise<void> {}
  async cleanSubscriptions(): Promise<void> {}
  async outgoingEnqueue(): Promise<void> {}
  async outgoingEnqueueCombi(): Promise<void> {}
  async outgoingUpdate(): Promise<void> {}
  async putWill(): Promise<void> {}
  async delWill(): Promise<void> {}

  async subscriptionsByClient(): Promise<never[]> {
    return []
  }

  async subscriptionsByTopic(): Promise<never[]> {
    return []
  }

  createRetainedStreamCombi(): Readable {
    return Readable.from([])
  }

  outgoingStream(): Readable {
    return Readable.from([])
  }

  streamWill(): Readable {
    return Readable.from([])
  }
}
