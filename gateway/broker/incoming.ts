/**
 * What clients of the broker say and ask for, on its way in: to the house of a guest, or by the rules of devices to the owner.
 * `client` is the library's word for a connection.
 */
import { deviceRoot } from '../../protocol/local/topics.ts'
import { shown } from '../../protocol/shown.ts'
import type { ByteGuard } from './byte-guard.ts'
import type { BrokerLog } from './device-links.ts'
import type { Hearing } from './hearing.ts'
import type { Link } from './link.ts'
import { PlainPackets } from './plain-packets.ts'
import type { RemembersNothing } from './routing-nothing.ts'
import { publishAllowed, subscribeAllowed } from './rules.ts'
import type { Visitors } from './visitors.ts'

/** Without an error the library acknowledges; with one it ends the connection. */
type Answer = (error?: Error | null) => void

/** A PUBLISH, or a will, as the library hands it over. */
interface Said {
  readonly topic: string
  readonly payload: Uint8Array | string
  readonly qos: number
  readonly retain: boolean
  readonly messageId?: number
}

interface IncomingParts<Client extends object> {
  /** The link of a device; undefined for guests and strangers. */
  readonly linkOf: (client: Client) => Link | undefined
  readonly willOf: (client: Client) => object | undefined
  readonly isRunning: () => boolean
  readonly visitors: Visitors
  readonly unreleased: Pick<RemembersNothing, 'holds'>
  readonly hearing: Hearing
  readonly log: BrokerLog
}

export class Incoming<Client extends object> {
  readonly #parts: IncomingParts<Client>

  constructor(parts: IncomingParts<Client>) {
    this.#parts = parts
  }

  /** Who takes what is plain of what a device says; undefined for guests, whose PUBACKs count. */
  plainPackets(client: Client, guard: ByteGuard): ((bytes: Buffer) => number) | undefined {
    const { linkOf, hearing } = this.#parts
    const link = linkOf(client)
    if (link === undefined) return undefined
    const plain = new PlainPackets({
      deviceId: link.deviceId,
      hear: said => hearing.hear(link, said),
      write: packet => link.answer(packet),
      end: error => guard.destroy(error),
    })
    return bytes => plain.take(bytes)
  }

  /** A message, or the will of a device that is gone. */
  hear(client: Client | null, packet: Said, answer: Answer): void {
    const { linkOf, willOf, isRunning, visitors, unreleased, hearing, log } = this.#parts
    if (client !== null && visitors.has(client)) {
      visitors.hear(client, packet.topic, Buffer.from(packet.payload)).then(() => answer(), answer)
      return
    }
    const link = client === null ? undefined : linkOf(client)
    if (client === null || link === undefined || link.state === 'connecting' || !isRunning()) {
      answer(new Error('only a device that is logged in may publish'))
      return
    }
    const { deviceId } = link
    if (!publishAllowed(deviceId, packet.topic)) {
      log.warn({ deviceId, topic: shown(packet.topic) }, 'a forbidden PUBLISH ends the link of the device')
      answer(new Error('a device may publish only under its own up/'))
      return
    }
    const path = packet.topic.slice(deviceRoot(deviceId).length + 1)
    const said = { path, payload: Buffer.from(packet.payload), retained: packet.retain }
    if (packet === willOf(client)) {
      hearing.hearWill(link, said).catch(() => undefined)
      return
    }
    if (packet.qos === 2 && unreleased.holds(client, packet.messageId)) {
      // aedes looks for repetitions only after this.
      answer()
      return
    }
    hearing.hear(link, said).then(
      () => link.alive && answer(),
      error => link.alive && answer(error),
    )
  }

  /** @throws RateLimitedError */
  maySubscribe(client: Client, filter: string): boolean {
    const { linkOf, visitors, hearing, log } = this.#parts
    if (visitors.has(client)) return visitors.maySubscribe(client, filter)
    const link = linkOf(client)
    if (link?.state !== 'open') return false
    hearing.countSubscribe(link)
    if (subscribeAllowed(link.deviceId, filter) && link.makeRoom(filter)) return true
    log.warn({ deviceId: link.deviceId, filter: shown(filter) }, 'a SUBSCRIBE was refused')
    return false
  }
}
