import type { Clock } from '../clock.ts'
import type { Delivery } from '../ledger/model.ts'

/**
 * A hall in which only one call can be understood at a time: all counter calls of a terminal take turns.
 *
 * Terms. A **call** is what several devices say together: deliveries of one order with one call number. It has the **turn**
 * from its first sending until each device it was sent to has answered for good, and at least for the gap. A device that says
 * nothing holds the turn for the gap only; one that said `received` is speaking, and holds it until `done`, for ten
 * seconds at most: a device that forgets to say `done` must not silence the hall.
 *
 * When a turn ends, the lanes that wait are woken in the order of the ledger, so that the number that came first is called first.
 * The zone is only timing; what is called lies in the ledger.
 */

/** Calls begin at least this far apart. */
export const CALL_GAP_MS = 2000
/** The longest sentence a device is given time for. */
const SPEAKING_MS = 10_000

interface Waiting {
  readonly call: string
  readonly seq: number
  readonly wake: () => void
}

export class Zone {
  readonly #clock: Clock
  /** The call whose turn it is, or was last. */
  #call = ''
  #gapUntil = 0
  /** Deliveries of this turn that are not over, and until when each holds it (monotonic). */
  readonly #speaking = new Map<string, number>()
  readonly #waiting = new Map<string, Waiting>()
  #cancelTimer: () => void = () => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether this delivery may go out now. If not, its lane is woken when the turn is over. */
  mayBegin(delivery: Delivery, wake: () => void): boolean {
    const call = callOf(delivery)
    if (call === this.#call || this.#opensAt() <= this.#clock.monotonic()) {
      this.#waiting.delete(delivery.deviceId)
      return true
    }
    this.#waiting.set(delivery.deviceId, { call, seq: delivery.seq, wake })
    this.#plan()
    return false
  }

  began(delivery: Delivery): void {
    const until = this.#clock.monotonic() + CALL_GAP_MS
    const call = callOf(delivery)
    if (call !== this.#call) this.#speaking.clear()
    this.#call = call
    this.#gapUntil = until
    this.#speaking.set(delivery.id, until)
    // The others that have the same to say join in.
    for (const waiting of [...this.#waiting.values()]) if (waiting.call === call) waiting.wake()
    this.#plan()
  }

  /** The device has answered: it is speaking, or it is over. */
  answered(delivery: Delivery): void {
    if (!this.#speaking.has(delivery.id)) return
    if (delivery.state === 'received') this.#speaking.set(delivery.id, this.#clock.monotonic() + SPEAKING_MS)
    else this.#speaking.delete(delivery.id)
    this.#plan()
  }

  stop(): void {
    this.#cancelTimer()
    this.#waiting.clear()
  }

  #opensAt(): number {
    return Math.max(this.#gapUntil, ...this.#speaking.values())
  }

  #plan(): void {
    this.#cancelTimer()
    if (this.#waiting.size === 0) return
    const wait = Math.max(this.#opensAt() - this.#clock.monotonic(), 0)
    this.#cancelTimer = this.#clock.after(wait, () => {
      const waiting = [...this.#waiting.values()].sort((a, b) => a.seq - b.seq)
      this.#waiting.clear()
      for (const { wake } of waiting) wake()
    })
  }
}

/** What is said by several devices together; a call that belongs to no order is said by one. */
function callOf({ id, orderId, body }: Delivery): string {
  const said: unknown = JSON.parse(body)
  const number = typeof said === 'object' && said !== null && 'callNumber' in said ? said.callNumber : ''
  return orderId === null ? id : `${orderId} ${number}`
}
