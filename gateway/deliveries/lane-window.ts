import type { Clock } from '../clock.ts'
import type { Pace } from '../devices/profiles/profile.ts'
import type { DeliveryBook } from '../ledger/ledger.ts'
import { DELIVERY_KINDS, type Delivery, type DeliveryKind } from '../ledger/model.ts'
import { type Entry, entryOf, mayBeTakenBack } from './entry.ts'

/** How many deliveries a lane looks at that still wait; the rest do so in the ledger. */
const WINDOW = 100

export interface LaneWindowParts {
  readonly deliveries: DeliveryBook
  readonly clock: Clock
}

/**
 * The deliveries a lane knows of, in the order of the ledger, and what it has yet to read there.
 *
 * What the device has not subscribed to waits here with the rest, until its time is over. What never loses its time would so keep
 * from the device, one day, all that it does take; therefore it is **left out** and stays in the ledger. As soon as the device takes
 * a kind that was left out, all is read anew before anything else is said.
 */
export class LaneWindow {
  readonly #deviceId: string
  readonly #pace: Pace
  readonly #parts: LaneWindowParts
  /** Whether the device takes deliveries of this kind now. */
  readonly #takes: (kind: DeliveryKind) => boolean
  #entries: Entry[] = []
  /** The number of the last delivery that was read, and the kinds that were left out. */
  #readUpTo = 0
  #leftOut: ReadonlySet<DeliveryKind> = new Set()
  /** What has to be read from the ledger: what came behind the entries, or all anew. */
  #unread: 'nothing' | 'new' | 'all' = 'all'
  /** Whether the ledger may hold more than was asked for. */
  #wasFull = false

  constructor(deviceId: string, pace: Pace, parts: LaneWindowParts, takes: (kind: DeliveryKind) => boolean) {
    this.#deviceId = deviceId
    this.#pace = pace
    this.#parts = parts
    this.#takes = takes
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  find(deliveryId: string): Entry | undefined {
    return this.#entries.find(known => known.delivery.id === deliveryId)
  }

  remove(entry: Entry): void {
    this.#entries = this.#entries.filter(known => known !== entry)
  }

  /** Something came behind the entries. */
  hasNews(): void {
    if (this.#unread === 'nothing') this.#unread = 'new'
  }

  /** What is known may no longer be so. */
  isStale(): void {
    this.#unread = 'all'
  }

  /** Whether what is known is not to be relied on. */
  get mustBeReadAnew(): boolean {
    if (this.#unread === 'all') return true
    for (const kind of this.#leftOut) if (this.#takes(kind)) return true
    return false
  }

  /**
   * Whether the ledger has to be asked before the next message. What came behind a long row can wait, unless it may go before
   * that row: `isLive` tells what is no backlog.
   */
  hasToLook(isLive: (entry: Entry) => boolean): boolean {
    if (this.mustBeReadAnew) return true
    if (this.#unread === 'nothing' && !this.#wasFull) return false
    if (this.#waiting() < WINDOW / 2) return true
    const first = this.#entries.find(({ phase, delivery }) => phase === 'waiting' && this.#takes(delivery.kind))
    if (first === undefined && this.#leavesMoreOut()) return true
    const isNext = first !== undefined && (this.#pace.inOrder || isLive(first))
    return this.#unread === 'new' && (!isNext || this.#entries.some(mayBeTakenBack))
  }

  /**
   * Takes over what is open in the ledger. A busy lane reads only what came behind what it has read; more has to be read where
   * something may have left the open list without the lane's doing: a state of an order that a newer one supersedes, or the call of
   * a ticket that was closed.
   */
  async look(): Promise<void> {
    const anew = this.mustBeReadAnew || this.#leavesMoreOut()
    const takenBack = this.#entries.filter(mayBeTakenBack).map(({ delivery }) => delivery.seq)
    this.#unread = 'nothing'
    if (anew) this.#leftOut = new Set(DELIVERY_KINDS.filter(kind => !this.#takes(kind)))
    // What the device was told and never answered takes no room from what it has not been told.
    const room = anew || takenBack.length > 0 ? WINDOW + this.#entries.length : WINDOW - this.#waiting()
    const after = anew ? 0 : Math.min(this.#readUpTo, ...takenBack.map(seq => seq - 1))
    const open = await this.#read(room, after)
    const known = new Map(this.#entries.map(entry => [entry.delivery.id, entry]))
    const found = open.map(delivery => known.get(delivery.id) ?? entryOf(delivery, this.#pace, this.#parts.clock))
    const before = this.#entries.filter(({ delivery }) => delivery.seq <= after)
    this.#entries = [...before, ...found, ...(this.#wasFull ? this.#toldBehind(this.#readUpTo) : [])]
  }

  /** What is open behind `after`, as far as there is room. */
  async #read(room: number, after: number): Promise<readonly Delivery[]> {
    const { deliveries } = this.#parts
    this.#wasFull = true
    if (room <= 0) return []
    // What is left out is not to be passed by again each time.
    const newest = this.#leftOut.size > 0 ? await deliveries.newest() : 0
    const open = await deliveries.open(this.#deviceId, room, after, this.#leftOut)
    const last = open.at(-1)?.seq ?? after
    this.#wasFull = open.length === room
    this.#readUpTo = this.#wasFull ? last : Math.max(last, newest)
    return open
  }

  /** Whether the device does not take something that was not left out. */
  #leavesMoreOut(): boolean {
    return DELIVERY_KINDS.some(kind => !this.#leftOut.has(kind) && !this.#takes(kind))
  }

  /** What the device was told and has not answered, of what lies behind `seq`. */
  #toldBehind(seq: number): readonly Entry[] {
    return this.#entries.filter(({ attempts, delivery }) => attempts > 0 && delivery.seq > seq)
  }

  #waiting(): number {
    return this.#entries.reduce((count, { phase }) => (phase === 'waiting' ? count + 1 : count), 0)
  }
}
