/**
 * The connections of guests: those their house has let in. Each is a link of its own, beside those of devices, and is
 * held to what its house says about it. `client` is the library's word for the connection.
 */
import { shown } from '../../protocol/shown.ts'
import type { BrokerLog } from './device-links.ts'
import type { Guest, GuestHouse } from './guests.ts'
import type { Limits } from './limits.ts'
import { Link, type Transport } from './link.ts'
import type { Login } from './login.ts'
import { TokenBuckets } from './token-buckets.ts'

/** A guest that is this far ahead of its pace is not slow hardware. */
const MOST_AHEAD_MS = 5_000

interface Visitor {
  readonly guest: Guest
  readonly link: Link
}

export class Visitors {
  readonly #house: GuestHouse | undefined
  readonly #log: BrokerLog
  readonly #paces: TokenBuckets
  readonly #visitors = new WeakMap<object, Visitor>()

  constructor(house: GuestHouse | undefined, limits: Pick<Limits, 'messages'>, log: BrokerLog) {
    this.#house = house
    this.#paces = new TokenBuckets(limits.messages)
    this.#log = log
  }

  /**
   * The link of a guest that may come in; null when this login is none of theirs.
   * @throws LoginRefusedError (as a rejection)
   */
  async admit(client: object, login: Login, transport: Transport): Promise<Link | null> {
    // Boxes have their limits by their own names, so the link of a guest has none.
    const link = new Link('', login.clientId, transport)
    const admitted = this.#house?.admit(login, {
      granted: topic => link.granted(topic),
      deliver: (topic, payload, numbered) => link.deliver(topic, payload, numbered),
      push: (topic, payload) => link.push(topic, payload),
      close: () => link.close(),
    })
    if (admitted === null || admitted === undefined) return null
    this.#visitors.set(client, { guest: await admitted, link })
    return link
  }

  has(client: object): boolean {
    return this.#visitors.has(client)
  }

  /** The login is accepted and the CONNACK about to be written. */
  opened(client: object): void {
    const { guest, link } = this.#visitors.get(client) ?? {}
    if (guest === undefined || link?.state !== 'connecting') return
    link.state = 'open'
    guest.opened()
  }

  closed(client: object): void {
    const { guest, link } = this.#visitors.get(client) ?? {}
    const wasOpen = link?.state === 'open'
    link?.closed()
    if (wasOpen) guest?.closed()
  }

  /** Rejects where the guest may not say it, or its house cannot take it: the connection is to be ended. */
  async hear(client: object, topic: string, payload: Uint8Array): Promise<void> {
    const { guest, link } = this.#visitors.get(client) ?? {}
    if (guest === undefined || link?.state !== 'open') throw new Error('only a guest that is logged in may publish')
    if (!guest.mayPublish(topic)) {
      this.#log.warn({ deviceId: guest.name, topic: shown(topic) }, 'a forbidden PUBLISH ends the link of a box')
      throw new Error('a box may publish only on its own topics')
    }
    this.#count(guest)
    await link.inOrder(() => guest.said(topic, payload))
  }

  maySubscribe(client: object, filter: string): boolean {
    const { guest, link } = this.#visitors.get(client) ?? {}
    if (guest === undefined || link?.state !== 'open') return false
    this.#count(guest)
    if (guest.maySubscribe(filter) && link.makeRoom(filter)) return true
    this.#log.warn({ deviceId: guest.name, filter: shown(filter) }, 'a SUBSCRIBE was refused')
    return false
  }

  subscribed(client: object, granted: readonly (readonly [filter: string, qos: number])[]): void {
    const { guest, link } = this.#visitors.get(client) ?? {}
    if (guest === undefined || link?.alive !== true || granted.length === 0) return
    link.subscribed(granted)
    guest.subscribed()
  }

  unsubscribed(client: object, filters: readonly string[]): void {
    this.#visitors.get(client)?.link.unsubscribed(filters)
  }

  acknowledged(client: object, packetId: number): void {
    this.#visitors.get(client)?.guest.acknowledged(packetId)
  }

  /** Each message and each SUBSCRIBE counts. */
  #count({ name }: Guest): void {
    if (this.#paces.take(name) <= MOST_AHEAD_MS) return
    this.#log.warn({ deviceId: name, code: 'RATE_LIMITED' }, 'a box floods the local broker, its link is ended')
    throw new Error('more messages than are taken of a box')
  }
}
