/**
 * One connection of a device, from the CONNECT that names the device until its socket is gone.
 *
 * `connecting` → (login accepted, CONNACK follows) → `open` → `closed`; a refused login goes from `connecting` to `closed`.
 */
import { covers } from './rules.ts'

/** The connection below a link, as far as a link needs it. */
export interface Transport {
  readonly destroyed: boolean
  /** Bytes handed over for the device that have not left the process. */
  readonly writableLength: number
  destroy(): void
  /** Puts one message on the wire. Resolves when the connection took it or failed; `destroyed` tells which. */
  deliver(topic: string, payload: string, qos: 0 | 1, numbered?: (packetId: number) => void): Promise<void>
  /** Puts a packet of the broker's own on the wire. */
  answer(packet: Buffer): void
}

/** More than this unsent and the device is taken to be frozen: sixteen of its largest packets. */
const MOST_UNSENT = 256 * 1024

/** Far more than there are topics below down/; each costs memory. */
const MOST_FILTERS = 64

class LinkEndedError extends Error {
  override readonly name = 'LinkEndedError'
}

export class Link {
  readonly deviceId: string
  readonly clientId: string
  /** Resolved when the link is closed. */
  readonly ended: Promise<void>
  state: 'connecting' | 'open' | 'closed' = 'connecting'
  readonly #transport: Transport
  readonly #end: () => void
  /** Filters that were let through, acknowledged or about to be. */
  readonly #asked = new Set<string>()
  /** Acknowledged subscriptions: filter → granted QoS. All lie below down/. */
  readonly #filters = new Map<string, number>()
  /** Answers already given for the present filters. Only the gateway's own topics are asked for, and those are few. */
  readonly #granted = new Map<string, number | undefined>()
  #lastTask: Promise<void> = Promise.resolve()
  #failed = false

  constructor(deviceId: string, clientId: string, transport: Transport) {
    this.deviceId = deviceId
    this.clientId = clientId
    this.#transport = transport
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#end = resolve
  }

  /** Whether something can still reach the device over this link. */
  get alive(): boolean {
    return this.state === 'open' && !this.#transport.destroyed
  }

  /** Ends the connection at once; unsent bytes are dropped. `closed` follows when the socket is gone. */
  close(): void {
    this.#transport.destroy()
  }

  /** The socket is gone. */
  closed(): void {
    this.state = 'closed'
    this.#end()
  }

  /** Keeps room for a subscription that is about to be granted; false when the link has as many as it may. */
  makeRoom(filter: string): boolean {
    if (!this.#asked.has(filter) && this.#asked.size >= MOST_FILTERS) return false
    this.#asked.add(filter)
    return true
  }

  get holdsDown(): boolean {
    return this.#filters.size > 0
  }

  /** Records acknowledged subscriptions; returns whether any of them is new. */
  subscribed(granted: Iterable<readonly [filter: string, qos: number]>): boolean {
    const before = this.#filters.size
    this.#granted.clear()
    for (const [filter, qos] of granted) this.#filters.set(filter, qos)
    return this.#filters.size > before
  }

  unsubscribed(filters: Iterable<string>): void {
    this.#granted.clear()
    for (const filter of filters) {
      this.#filters.delete(filter)
      this.#asked.delete(filter)
    }
  }

  /** The best QoS granted for `topic`, or undefined when no acknowledged subscription covers it. */
  granted(topic: string): number | undefined {
    if (this.#granted.has(topic)) return this.#granted.get(topic)
    let best: number | undefined
    for (const [filter, qos] of this.#filters) {
      if (covers(filter, topic)) best = Math.max(best ?? 0, qos)
    }
    this.#granted.set(topic, best)
    return best
  }

  /**
   * Puts one message on its way to the device, at QoS 1 or what less it asked for. [MQTT-3.8.4-6]
   * Returns false when the link ended instead. A link that takes nothing any more is ended here, so that it never
   * gathers messages in memory. `numbered` is told the packet id of a message at QoS 1 before it leaves.
   */
  async deliver(topic: string, payload: string, numbered?: (packetId: number) => void): Promise<boolean> {
    if (this.#isFull) {
      // What was written in this turn of the event loop has had no chance to leave yet.
      await new Promise(resolve => setImmediate(resolve))
      if (this.#isFull) this.close()
    }
    const qos = this.granted(topic)
    if (!this.alive || qos === undefined) return false
    await this.#transport.deliver(topic, payload, qos === 0 ? 0 : 1, numbered)
    return this.alive
  }

  /** Answers a packet of the device. */
  answer(packet: Buffer): void {
    if (this.alive) this.#transport.answer(packet)
  }

  /** Puts one message on its way at QoS 0, whether it was subscribed to or not. */
  async push(topic: string, payload: string): Promise<void> {
    if (this.alive && !this.#isFull) await this.#transport.deliver(topic, payload, 0)
  }

  get #isFull(): boolean {
    return this.#transport.writableLength > MOST_UNSENT
  }

  /**
   * Runs the tasks of one link one after the other. After one has failed none that was already waiting is run: what the
   * device said later must not count when something it said before does not. The link is to be closed then.
   */
  inOrder(task: () => Promise<void>): Promise<void> {
    const result = this.#lastTask.then(() => {
      if (this.#failed) throw new LinkEndedError('an earlier message of this link was not accepted')
      return task()
    })
    this.#lastTask = result.catch(() => {
      this.#failed = true
    })
    return result
  }

  /** Runs a last task after all others, whatever became of them. */
  finally(task: () => Promise<void>): Promise<void> {
    const result = this.#lastTask.then(task)
    this.#lastTask = result.catch(() => undefined)
    return result
  }

  /** Resolves when no task is running or waiting. */
  async settled(): Promise<void> {
    await this.#lastTask
  }
}
