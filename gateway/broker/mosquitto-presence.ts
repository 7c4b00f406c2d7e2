import { ALL_DOWN_PATHS, deviceTopic } from '../../protocol/local/topics.ts'
import type { DeviceBusOwner } from './device-bus.ts'
import type { LogLine } from './mosquitto-log.ts'
import { covers } from './rules.ts'

/** A device's link to Mosquitto, as far as it can be known from here. */
interface Link {
  /** From where; null when the link is known from what the device said only. */
  readonly address: string | null
  /** What it subscribed to; null when nobody told: then every path is tried. */
  filters: Set<string> | null
  /** Paths on which Mosquitto found no subscriber. */
  readonly unheard: Set<string>
}

/**
 * Who is there, when the devices are Mosquitto's.
 *
 * A device is **online** from the line that says it connected, or from anything it says, to the line that says it went; a will
 * alone says nothing. It is **reachable** on the paths its subscriptions cover, which Mosquitto tells as it grants them. After the
 * gateway or its link was away, nobody is known: devices that were there all the time are found by what they say, and then every
 * path is tried until Mosquitto answers that nobody listens on it.
 */
export class MosquittoPresence {
  readonly #owner: Pick<DeviceBusOwner, 'presence' | 'reachable' | 'takenOver'>
  readonly #links = new Map<string, Link>()

  constructor(owner: Pick<DeviceBusOwner, 'presence' | 'reachable' | 'takenOver'>) {
    this.#owner = owner
  }

  online(deviceId: string): boolean {
    return this.#links.has(deviceId)
  }

  reaches(deviceId: string, path: string): boolean {
    const link = this.#links.get(deviceId)
    if (link === undefined || link.unheard.has(path)) return false
    return link.filters === null || coversPath(link.filters, deviceId, path)
  }

  /** Mosquitto told something of a device. */
  told(line: LogLine): void {
    const { clientId } = line
    switch (line.what) {
      case 'connected':
        // Of a link that ended there is a line before this one.
        if (this.#isOther(clientId, line.address)) this.#owner.takenOver?.(clientId)
        this.#came(clientId, line.address, line.clean ? new Set() : null)
        return
      case 'gone':
        if (!this.#isOther(clientId, line.address)) this.forget(clientId)
        return
      case 'subscribed':
        this.#subscribed(clientId, line.filter)
        return
      case 'unsubscribed':
        this.#links.get(clientId)?.filters?.delete(line.filter)
        return
    }
  }

  /** The device itself said something just now. */
  heard(deviceId: string): void {
    if (this.online(deviceId)) return
    this.#came(deviceId, null, null)
  }

  /** Mosquitto knows nobody who listens on this path. */
  unheard(deviceId: string, path: string): void {
    this.#links.get(deviceId)?.unheard.add(path)
  }

  forget(deviceId: string): void {
    if (this.#links.delete(deviceId)) this.#owner.presence(deviceId, false)
  }

  forgetAll(): void {
    for (const deviceId of [...this.#links.keys()]) this.forget(deviceId)
  }

  #came(deviceId: string, address: string | null, filters: Set<string> | null): void {
    const before = this.#links.has(deviceId)
    this.#links.set(deviceId, { address, filters, unheard: new Set() })
    if (!before) this.#owner.presence(deviceId, true)
    if (filters === null) this.#owner.reachable(deviceId)
  }

  #subscribed(deviceId: string, filter: string): void {
    // Somebody else's topics are granted and never delivered: that makes nobody reachable.
    if (!ALL_DOWN_PATHS.some(path => covers(filter, deviceTopic(deviceId, path)))) return
    if (!this.online(deviceId)) this.#came(deviceId, null, new Set())
    const link = this.#links.get(deviceId)
    if (link === undefined) return
    link.unheard.clear()
    link.filters?.add(filter)
    this.#owner.reachable(deviceId)
  }

  /** Whether the line is about another link than the one that is known. */
  #isOther(deviceId: string, address: string | null): boolean {
    const known = this.#links.get(deviceId)?.address ?? null
    return address !== null && known !== null && address !== known
  }
}

function coversPath(filters: ReadonlySet<string>, deviceId: string, path: string): boolean {
  const topic = deviceTopic(deviceId, path)
  for (const filter of filters) if (covers(filter, topic)) return true
  return false
}
