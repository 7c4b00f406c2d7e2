import { GatewayError } from '../../protocol/errors.ts'
import type { Clock } from '../clock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Order } from '../ledger/model.ts'
import type { Inquiries } from './inquiries.ts'

/**
 * The second path of a payment: asking for it.
 *
 * The host tells balance changes for some kinds of accounts only, and keeps nothing for a gateway that is away. So every
 * order somebody may have paid is **searched**: looked up, first after `first`, then after twice as long each time up to
 * `max`, until it is paid or the time in which late money still counts is over. One search is under way per
 * terminal, and all of them stand behind the questions of people and of confirmations. After each start and each return of
 * the link all of them are due at once: whatever was paid meanwhile was paid unseen.
 */

export interface SearchOptions {
  /** Milliseconds. */
  readonly first: number
  readonly max: number
  readonly lateGraceMs: number
}

interface Search {
  readonly order: Order
  /** Wall clock, epoch milliseconds. */
  dueAt: number
  interval: number
}

export class PaymentSearch {
  readonly #ledger: Ledger
  readonly #inquiries: Inquiries
  readonly #clock: Clock
  readonly #options: SearchOptions
  readonly #trouble: (error: unknown) => void
  readonly #searches = new Map<string, Search>()
  readonly #busyTerminals = new Set<string>()
  #cancelTimer: () => void = () => {}
  #linkUp = false
  #stopped = false

  constructor(
    ledger: Ledger,
    inquiries: Inquiries,
    clock: Clock,
    options: SearchOptions,
    trouble: (error: unknown) => void,
  ) {
    this.#ledger = ledger
    this.#inquiries = inquiries
    this.#clock = clock
    this.#options = options
    this.#trouble = trouble
  }

  /** Takes up the orders of an earlier process. */
  async start(): Promise<void> {
    const orders = await this.#ledger.orders.payable(this.#clock.now() - this.#options.lateGraceMs)
    for (const order of orders) this.#add(order, this.#clock.now())
    this.#schedule()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer()
  }

  /** An order has come into another state. */
  orderChanged(order: Order): void {
    const known = this.#searches.get(order.orderId)
    if (!isPayable(order)) this.#searches.delete(order.orderId)
    else if (known === undefined)
      this.#add(order, this.#clock.now() + (order.state === 'failed' ? 0 : this.#options.first))
    else this.#searches.set(order.orderId, { ...known, order })
    this.#schedule()
  }

  /** While the link was down nobody could tell us of money: everything is due now. */
  linkChanged(up: boolean): void {
    const returned = up && !this.#linkUp
    this.#linkUp = up
    if (returned) for (const search of this.#searches.values()) search.dueAt = this.#clock.now()
    this.#schedule()
  }

  #add(order: Order, dueAt: number): void {
    this.#searches.set(order.orderId, { order, dueAt, interval: this.#options.first })
  }

  #schedule(): void {
    this.#cancelTimer()
    if (this.#stopped || !this.#linkUp) return
    let next = Number.POSITIVE_INFINITY
    for (const search of this.#searches.values()) {
      if (!this.#busyTerminals.has(search.order.terminalCode)) next = Math.min(next, search.dueAt)
    }
    if (next === Number.POSITIVE_INFINITY) return
    this.#cancelTimer = this.#clock.after(Math.max(next - this.#clock.now(), 0), () => this.#runDue())
  }

  /** Starts the oldest due search of each terminal that has none under way. */
  #runDue(): void {
    const now = this.#clock.now()
    const due = [...this.#searches.values()].filter(search => search.dueAt <= now).sort((a, b) => a.dueAt - b.dueAt)
    for (const search of due) {
      const { terminalCode } = search.order
      if (this.#busyTerminals.has(terminalCode)) continue
      this.#busyTerminals.add(terminalCode)
      this.#search(search)
        .catch(error => this.#trouble(error))
        .finally(() => {
          this.#busyTerminals.delete(terminalCode)
          this.#schedule()
        })
    }
    this.#schedule()
  }

  async #search(search: Search): Promise<void> {
    const { orderId, terminalCode } = search.order
    search.interval = Math.min(search.interval * 2, this.#options.max)
    search.dueAt = this.#clock.now() + search.interval
    const terminal = await this.#ledger.registry.terminal(terminalCode)
    if (terminal === null || this.#isOver(search.order)) {
      this.#searches.delete(orderId)
      return
    }
    try {
      await this.#inquiries.inquire(terminal, { by: 'orderId', value: orderId }, 'behind')
    } catch (error) {
      // No link or no answer: it is due again later.
      if (!(error instanceof GatewayError)) throw error
    }
  }

  #isOver(order: Order): boolean {
    return (order.closedAt ?? order.expiresAt) + this.#options.lateGraceMs < this.#clock.now()
  }
}

/** Whether money for this order may still come, in time or late. An order without a QR can be paid if the host made one unheard. */
function isPayable(order: Order): boolean {
  switch (order.state) {
    case 'awaiting_payment':
    case 'underpaid':
    case 'expired':
    case 'cancelled':
      return true
    case 'failed':
      return order.errorCode === 'HOST_SILENT'
    case 'requested':
    case 'paid':
    case 'late':
    case 'held':
      return false
  }
}
