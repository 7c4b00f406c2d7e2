import type { Clock } from '../clock.ts'
import type { Pace } from '../devices/profiles/profile.ts'
import type { DeliveryBook } from '../ledger/ledger.ts'
import type { Delivery } from '../ledger/model.ts'
import { type Entry, isOver, silence } from './entry.ts'
import type { LaneWindow } from './lane-window.ts'

export interface LaneSilencesParts {
  readonly deliveries: DeliveryBook
  readonly clock: Clock
  /** A delivery ended without its effect. */
  readonly ended: (delivery: Delivery, state: 'failed' | 'expired' | 'unknown') => void
}

/** What a lane writes down when no answer comes: that a message ended without its effect. */
export class LaneSilences {
  readonly #window: LaneWindow
  readonly #pace: Pace
  readonly #parts: LaneSilencesParts
  readonly #remove: (entry: Entry) => void

  /** `remove` has the lane forget an entry. */
  constructor(window: LaneWindow, pace: Pace, parts: LaneSilencesParts, remove: (entry: Entry) => void) {
    this.#window = window
    this.#pace = pace
    this.#parts = parts
    this.#remove = remove
  }

  /** Ends what is too old to be said, and what the device left unanswered for good. */
  async endOverdue(): Promise<void> {
    const { clock } = this.#parts
    const wall = clock.now()
    const now = clock.monotonic()
    const mayEnd = (known: Entry): boolean => isOver(known, wall) || (known.phase !== 'waiting' && known.dueAt <= now)
    for (const entry of this.#window.entries.filter(mayEnd)) {
      const over = isOver(entry, wall)
      if (entry.phase !== 'received' && entry.attempts === 0) {
        if (over) await this.#end(entry, 'expired', 'its time was over before it could be sent')
      } else if (entry.phase === 'received') {
        if (entry.dueAt <= now) await this.#end(entry, silence(entry), 'received, but its effect was never reported')
      } else if (over || (entry.phase === 'sent' && entry.attempts >= this.#pace.attempts)) {
        await this.#end(entry, silence(entry), `no answer after ${entry.attempts} attempts`)
      }
    }
  }

  async #end(entry: Entry, state: 'failed' | 'expired' | 'unknown', why: string): Promise<void> {
    await this.#parts.deliveries.end(entry.delivery.id, state, why, this.#parts.clock.now())
    this.#remove(entry)
    this.#parts.ended(entry.delivery, state)
  }
}
