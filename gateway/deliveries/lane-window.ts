import type { Clock } from '../clock.ts'
import type { Pace } from '../devices/profiles/profile.ts'
import type { DeliveryBook } from '../ledger/ledger.ts'
import { type Entry, entryOf, mayBeTakenBack } from './entry.ts'

/** How many deliveries a lane looks at that still wait; the rest do so in the ledger. */
const WINDOW = 100

export interface LaneWindowParts {
  readonly deliveries: DeliveryBook
  readonly clock: Clock
}

/** The deliveries a lane knows of, in the order of the ledger, and what it has yet to read there. */
export class LaneWindow {
  readonly #deviceId: string
  readonly #pace: Pace
  readonly #parts: LaneWindowParts
  #entries: Entry[] = []
  /** What has to be read from the ledger: what came behind the entries, or all anew. */
  #unread: 'nothing' | 'new' | 'all' = 'all'
  /** Whether the ledger may hold more than was asked for. */
  #wasFull = false

  constructor(deviceId: string, pace: Pace, parts: LaneWindowParts) {
    this.#deviceId = deviceId
    this.#pace = pace
    this.#parts = parts
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

  /**
   * Whether the ledger has to be asked before the next message. What came behind a long row can wait, unless it may go before
   * that row: `isLive` tells what is no backlog, `reaches` what the device takes at all.
   */
  hasToLook(isLive: (entry: Entry) => boolean, reaches: (entry: Entry) => boolean): boolean {
    if (this.#unread === 'all') return true
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
    const all = this.#unread === 'all' || this.#entries.some(mayBeTakenBack)
    this.#unread = 'nothing'
    // What the device was told and never answered takes no room from what it has not been told.
    const room = all ? WINDOW + this.#entries.length : WINDOW - this.#waiting()
    const after = all ? 0 : (this.#entries.at(-1)?.delivery.seq ?? 0)
    const open = room > 0 ? await deliveries.open(this.#deviceId, room, after) : []
    this.#wasFull = open.length === Math.max(room, 0)
    const known = new Map(this.#entries.map(entry => [entry.delivery.id, entry]))
    const found = open.map(delivery => known.get(delivery.id) ?? entryOf(delivery, this.#pace, clock))
    if (all) this.#entries = found
    else this.#entries.push(...found)
  }

  #waiting(): number {
    return this.#entries.reduce((count, { phase }) => (phase === 'waiting' ? count + 1 : count), 0)
  }
}
