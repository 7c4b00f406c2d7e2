import type { Clock } from '../clock.ts'
import type { Pace } from '../devices/profiles/profile.ts'
import type { DeliveryBook } from '../ledger/ledger.ts'
import type { DeliveryKind } from '../ledger/model.ts'
import { type Entry, entryOf, mayBeTakenBack } from './entry.ts'

/** How many deliveries a lane looks at that still wait; the rest do so in the ledger. */
const WINDOW = 100
const KINDS: readonly DeliveryKind[] = ['order', 'payment', 'announce', 'call', 'vend']

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
   * that row: `isLive` tells what is no backlog, `reaches` what the device takes at all.
   */
  hasToLook(isLive: (entry: Entry) => boolean, reaches: (entry: Entry) => boolean): boolean {
    if (this.mustBeReadAnew) return true
    if (this.#unread === 'nothing' && !this.#wasFull) return false
    if (this.#waiting() < WINDOW / 2) return true
    const first = this.#entries.find(entry => entry.phase === 'waiting' && reaches(entry))
    const isNext = first !== undefined && (this.#pace.inOrder || isLive(first))
    return this.#unread === 'new' && (!isNext || this.#entries.some(mayBeTakenBack))
  }

  /**
   * Takes over what is open in the ledger. A busy lane reads only what came behind its newest entry; all of it has to be read
   * where something may have left the open list without the lane's doing: a state of an order that a newer one supersedes, or the
   * call of a ticket that was closed.
   */
  async look(): Promise<void> {
    const { deliveries, clock } = this.#parts
    const untaken = KINDS.filter(kind => !this.#takes(kind))
    const all = this.mustBeReadAnew || untaken.length > this.#leftOut.size || this.#entries.some(mayBeTakenBack)
    this.#unread = 'nothing'
    if (all) this.#leftOut = new Set(untaken)
    // What the device was told and never answered takes no room from what it has not been told.
    const room = all ? WINDOW + this.#entries.length : WINDOW - this.#waiting()
    const after = all ? 0 : this.#readUpTo
    const open = room > 0 ? await deliveries.open(this.#deviceId, room, after, this.#leftOut) : []
    this.#wasFull = open.length === Math.max(room, 0)
    this.#readUpTo = open.at(-1)?.seq ?? after
    const known = new Map(this.#entries.map(entry => [entry.delivery.id, entry]))
    const found = open.map(delivery => known.get(delivery.id) ?? entryOf(delivery, this.#pace, clock))
    if (all) this.#entries = [...found, ...(this.#wasFull ? this.#toldBehind(this.#readUpTo) : [])]
    else this.#entries.push(...found.filter(({ delivery }) => !known.has(delivery.id)))
  }

  /** What the device was told and has not answered, of what lies behind `seq`. */
  #toldBehind(seq: number): readonly Entry[] {
    return this.#entries.filter(({ phase, delivery }) => phase !== 'waiting' && delivery.seq > seq)
  }

  #waiting(): number {
    return this.#entries.reduce((count, { phase }) => (phase === 'waiting' ? count + 1 : count), 0)
  }
}
