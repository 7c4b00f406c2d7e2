/**
 * The links of every device, and what their owner is told about them.
 *
 * A device may have several open links, but only one **holds down/**: the one whose subscription below down/ was
 * acknowledged last. The link that held it before is closed, not just passed over: two programs that both believe they are
 * the device would otherwise go on, one of them deaf.
 */
import type { Logger } from 'pino'
import type { DeviceBusOwner } from './device-bus.ts'
import type { Link } from './link.ts'

export type BrokerLog = Pick<Logger, 'debug' | 'info' | 'warn'>

export class DeviceLinks {
  readonly #owner: Pick<DeviceBusOwner, 'presence' | 'reachable' | 'takenOver'>
  readonly #log: BrokerLog
  readonly #most: number
  readonly #open = new Map<string, Set<Link>>()
  readonly #holders = new Map<string, Link>()

  /** A device may have `most` open links, at least two. */
  constructor(owner: Pick<DeviceBusOwner, 'presence' | 'reachable' | 'takenOver'>, log: BrokerLog, most: number) {
    this.#owner = owner
    this.#log = log
    this.#most = most
  }

  online(deviceId: string): boolean {
    return this.#open.has(deviceId)
  }

  /** The link that holds down/ and can still be written to. */
  holder(deviceId: string): Link | undefined {
    const link = this.#holders.get(deviceId)
    return link?.alive === true ? link : undefined
  }

  /** The login of this link was accepted. */
  opened(link: Link): void {
    link.state = 'open'
    const links = this.#open.get(link.deviceId)
    if (links !== undefined) {
      // aedes closes a link whose client id logs in again, but loses sight of one when both log in at once.
      for (const other of links) if (other.clientId === link.clientId) this.#takeOver(other)
      links.add(link)
      if (links.size > this.#most) this.#endOldest(links)
      return
    }
    this.#open.set(link.deviceId, new Set([link]))
    this.#tell(() => this.#owner.presence(link.deviceId, true))
  }

  /** The socket of this link is gone. */
  closed(link: Link): void {
    link.closed()
    if (this.#holders.get(link.deviceId) === link) this.#holders.delete(link.deviceId)
    const links = this.#open.get(link.deviceId)
    if (links?.delete(link) !== true) return
    if (links.size > 0) return
    this.#open.delete(link.deviceId)
    this.#tell(() => this.#owner.presence(link.deviceId, false))
  }

  /**
   * The SUBACK for these filters went out. The owner is told when the link takes down/, and again when it asks for more of
   * it: small clients subscribe to one topic at a time, and what was not covered a moment ago may be now.
   */
  subscribed(link: Link, granted: readonly (readonly [filter: string, qos: number])[]): void {
    if (!link.alive || granted.length === 0) return
    const more = link.subscribed(granted)
    const before = this.#holders.get(link.deviceId)
    if (before !== link) {
      this.#holders.set(link.deviceId, link)
      if (before !== undefined) {
        this.#log.info({ deviceId: link.deviceId }, 'another link of the device took down/, the earlier one is closed')
        this.#takeOver(before)
      }
    } else if (!more) return
    this.#tell(() => this.#owner.reachable(link.deviceId))
  }

  unsubscribed(link: Link, filters: readonly string[]): void {
    link.unsubscribed(filters)
    if (!link.holdsDown && this.#holders.get(link.deviceId) === link) this.#holders.delete(link.deviceId)
  }

  /** A device that reconnects under ever new client ids leaves dead links behind; what it listens on is never one of them. */
  #endOldest(links: ReadonlySet<Link>): void {
    for (const link of links) {
      if (this.#holders.get(link.deviceId) === link) continue
      this.#log.info({ deviceId: link.deviceId }, `a device has more than ${this.#most} links, the oldest is closed`)
      link.close()
      return
    }
  }

  #takeOver(before: Link): void {
    // A link whose socket is gone already was left, not thrown out.
    if (before.alive) this.#tell(() => this.#owner.takenOver?.(before.deviceId))
    before.close()
  }

  /** An owner that throws must not take the broker's own turn down with it. */
  #tell(news: () => void): void {
    try {
      news()
    } catch (error) {
      this.#log.warn({ err: error }, 'the gateway failed on news from the local broker')
    }
  }
}
