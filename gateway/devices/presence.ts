import type { Clock } from '../clock.ts'
import type { Delivery, Device } from '../ledger/model.ts'

/**
 * Who is there, from what the broker sees: connections that open and close (also because of keepalive), and traffic. What a device
 * says of itself (`up/status`, and the will that says `online: false`) is no witness: a will can be retained, late, or another's.
 *
 * A device **flaps** that connects again and again: its network or its power is bad. It is **contested** when one of its
 * connections takes over from another again and again: two boxes have one credential, and each throws the other out.
 */

/** So often within so long, and somebody should look. */
const OFTEN = 5
const WITHIN_MS = 120_000

export type Trouble = 'flapping' | 'contested'

interface Seen {
  online: boolean
  /** Wall clock; null while nothing has changed since the start. */
  since: number | null
  lastTraffic: number | null
  lastEffect: { readonly kind: Delivery['kind']; readonly at: number } | null
  /** Monotonic times, the latest few. */
  readonly connects: number[]
  readonly takeovers: number[]
}

export interface PresenceOwner {
  trouble(deviceId: string, trouble: Trouble): void
}

/** What is known of a device since the gateway started. */
export interface Witness {
  readonly online: boolean
  readonly since: number | null
  readonly lastTraffic: number | null
  readonly lastEffect: Seen['lastEffect']
  readonly trouble: Trouble | null
}

const NOBODY: Witness = { online: false, since: null, lastTraffic: null, lastEffect: null, trouble: null }

export class Presence {
  readonly #clock: Clock
  readonly #owner: PresenceOwner
  readonly #seen = new Map<string, Seen>()
  readonly #online = new Set<string>()

  constructor(clock: Clock, owner: PresenceOwner) {
    this.#clock = clock
    this.#owner = owner
  }

  get online(): ReadonlySet<string> {
    return this.#online
  }

  /** The first connection of a device opened, or its last one closed. */
  changed(deviceId: string, online: boolean): void {
    const seen = this.#of(deviceId)
    seen.online = online
    seen.since = this.#clock.now()
    if (online) {
      this.#online.add(deviceId)
      this.#count(deviceId, seen.connects, 'flapping')
    } else this.#online.delete(deviceId)
  }

  /** One connection of a device took over from another that was still open. */
  takenOver(deviceId: string): void {
    this.#count(deviceId, this.#of(deviceId).takeovers, 'contested')
  }

  /** A device said something. */
  heard(deviceId: string): void {
    this.#of(deviceId).lastTraffic = this.#clock.now()
  }

  /** A device reported an effect. */
  effect({ deviceId, kind, state, endedAt }: Delivery): void {
    if (state === 'done' && endedAt !== null) this.#of(deviceId).lastEffect = { kind, at: endedAt }
  }

  of({ deviceId }: Pick<Device, 'deviceId'>): Witness {
    const seen = this.#seen.get(deviceId)
    if (seen === undefined) return NOBODY
    const { online, since, lastTraffic, lastEffect } = seen
    return { online, since, lastTraffic, lastEffect, trouble: this.#troubleOf(seen) }
  }

  /** Whoever gets this id next begins anew. A connection that is still closing is told of later, which does no harm. */
  forget(deviceId: string): void {
    this.#seen.delete(deviceId)
    this.#online.delete(deviceId)
  }

  #of(deviceId: string): Seen {
    const known = this.#seen.get(deviceId)
    if (known !== undefined) return known
    const seen: Seen = {
      online: false,
      since: null,
      lastTraffic: null,
      lastEffect: null,
      connects: [],
      takeovers: [],
    }
    this.#seen.set(deviceId, seen)
    return seen
  }

  #count(deviceId: string, times: number[], trouble: Trouble): void {
    times.push(this.#clock.monotonic())
    if (times.length > OFTEN) times.shift()
    if (this.#isOften(times)) this.#owner.trouble(deviceId, trouble)
  }

  #isOften(times: readonly number[]): boolean {
    const [first] = times
    return times.length >= OFTEN && first !== undefined && this.#clock.monotonic() - first <= WITHIN_MS
  }

  #troubleOf({ connects, takeovers }: Seen): Trouble | null {
    if (this.#isOften(takeovers)) return 'contested'
    return this.#isOften(connects) ? 'flapping' : null
  }
}
