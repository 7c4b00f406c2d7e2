import type { Clock } from '../clock.ts'
import type { Pace } from '../devices/profiles/profile.ts'
import type { DeliveryBook } from '../ledger/ledger.ts'
import type { Delivery } from '../ledger/model.ts'
import { type Entry, entryOf, mayBeTakenBack } from './entry.ts'

/** How many deliveries that wait and could go out a lane looks at; the rest wait in the ledger. */
const WINDOW = 32
/** How many wait at the most, with those the device does not take. */
const MOST_WAITING = 128

export interface LaneWindowParts {
  readonly deliveries: DeliveryBook
  readonly clock: Clock
}

/**
 * The deliveries a lane knows of, in the order of the ledger, and what it has yet to read there. What the device does not take, because
 * it has not subscribed to it, must not keep from it what it does: it takes no room, and where it never loses its time it is **left
 * out** and stays in the ledger. When the device takes what was left out, all is read anew before anything else is said.
 */
export class LaneWindow {
  readonly #deviceId: string
  readonly #pace: Pace
  readonly #parts: LaneWindowParts
  /** Whether the device takes deliveries of this kind now. */
  readonly #takes: (kind: Delivery['kind']) => boolean
  #entries: Entry[] = []
  /** The number of the last delivery that was read. */
  #readUpTo = 0
  /** Kinds of which something was left out. */
  readonly #leftOut = new Set<Delivery['kind']>()
  /** What has to be read from the ledger: what came behind the entries, or all anew. */
  #unread: 'nothing' | 'new' | 'all' = 'all'
  /** Whether the ledger may hold more than was asked for. */
  #wasFull = false

  constructor(deviceId: string, pace: Pace, parts: LaneWindowParts, takes: (kind: Delivery['kind']) => boolean) {
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
    if (this.#ready() < WINDOW / 2) return this.#room() > 0
    const first = this.#entries.find(this.#isReady)
    const isNext = first !== undefined && (this.#pace.inOrder || isLive(first))
    return this.#unread === 'new' && (!isNext || this.#entries.some(mayBeTakenBack))
  }

  /**
   * Takes over what is open in the ledger. A busy lane reads only what came behind its newest entry; all of it has to be read
   * where something may have left the open list without the lane's doing: a state of an order that a newer one supersedes, or the
   * call of a ticket that was closed.
   */
  async look(): Promise<void> {
    const all = this.mustBeReadAnew || this.#entries.some(mayBeTakenBack)
    this.#unread = 'nothing'
    if (all) this.#leftOut.clear()
    // What the device was told and never answered takes no room from what it has not been told.
    const room = all ? WINDOW + this.#entries.length : this.#room()
    const open = await this.#read(room, all ? 0 : this.#readUpTo)
    const known = new Map(this.#entries.map(entry => [entry.delivery.seq, entry]))
    const found = open.map(delivery => known.get(delivery.seq) ?? this.#entryOf(delivery))
    if (all) this.#entries = found
    else this.#entries.push(...found)
  }

  /** What is open behind `after`, as far as there is room, without what can wait in the ledger for ever. */
  async #read(room: number, after: number): Promise<readonly Delivery[]> {
    const found: Delivery[] = []
    this.#readUpTo = after
    this.#wasFull = true
    while (this.#wasFull && found.length < room) {
      const page = await this.#parts.deliveries.open(this.#deviceId, room, this.#readUpTo)
      this.#readUpTo = page.at(-1)?.seq ?? this.#readUpTo
      this.#wasFull = page.length === room
      found.push(...page.filter(delivery => !this.#leaveOut(delivery)))
    }
    return found
  }

  #leaveOut({ kind, state, expiresAt }: Delivery): boolean {
    const leaves = expiresAt === null && state === 'pending' && !this.#takes(kind)
    if (leaves) this.#leftOut.add(kind)
    return leaves
  }

  #entryOf(delivery: Delivery): Entry {
    const { deliveries, clock } = this.#parts
    return entryOf(delivery, this.#pace, clock, delivery.seq <= deliveries.lastOfEarlier)
  }

  readonly #isReady = (entry: Entry): boolean => isWaiting(entry) && this.#takes(entry.delivery.kind)

  #room(): number {
    return Math.min(WINDOW - this.#ready(), MOST_WAITING - count(this.#entries, isWaiting))
  }

  #ready(): number {
    return count(this.#entries, this.#isReady)
  }
}

function isWaiting({ phase }: Entry): boolean {
  return phase === 'waiting'
}

function count(entries: readonly Entry[], counts: (entry: Entry) => boolean): number {
  let counted = 0
  for (const entry of entries) if (counts(entry)) counted += 1
  return counted
}
