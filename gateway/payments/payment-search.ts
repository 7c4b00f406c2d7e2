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
  order: Order
  /** Monotonic milliseconds. */
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
  /** When the timer runs out; Infinity without one. */
  #timerAt = Number.POSITIVE_INFINITY
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
    for (const order of orders) this.#add(order, 0)
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer()
  }

  /** An order has come into another state. */
  orderChanged(order: Order): void {
    const known = this.#searches.get(order.orderId)
    if (!isPayable(order)) this.#searches.delete(order.orderId)
    else if (known === undefined) this.#add(order, order.state === 'failed' ? 0 : this.#options.first)
    else known.order = order
  }

  /** While the link was down nobody could tell us of money: everything is due now. */
  linkChanged(up: boolean): void {
    const returned = up && !this.#linkUp
    this.#linkUp = up
    if (!returned) return
    for (const search of this.#searches.values()) search.dueAt = this.#clock.monotonic()
    this.#wakeBy(this.#clock.monotonic())
  }

  #add(order: Order, wait: number): void {
    const dueAt = this.#clock.monotonic() + wait
    this.#searches.set(order.orderId, { order, dueAt, interval: this.#options.first })
    this.#wakeBy(dueAt)
  }

  #wakeBy(moment: number): void {
    if (moment >= this.#timerAt || this.#stopped) return
    this.#cancelTimer()
    this.#timerAt = moment
    this.#cancelTimer = this.#clock.after(Math.max(moment - this.#clock.monotonic(), 0), () => {
      this.#timerAt = Number.POSITIVE_INFINITY
      this.#runDue()
    })
  }

  /** Starts the oldest due search of each terminal that has none under way, and comes back for the next. */
  #runDue(): void {
    if (!this.#linkUp || this.#stopped) return
    const now = this.#clock.monotonic()
    const idle = [...this.#searches.values()].filter(({ order }) => !this.#busyTerminals.has(order.terminalCode))
    for (const search of idle.filter(({ dueAt }) => dueAt <= now).sort((a, b) => a.dueAt - b.dueAt)) {
      if (!this.#busyTerminals.has(search.order.terminalCode)) this.#begin(search)
    }
    const waiting = idle.filter(({ order }) => !this.#busyTerminals.has(order.terminalCode))
    this.#wakeBy(waiting.reduce((next, { dueAt }) => Math.min(next, dueAt), Number.POSITIVE_INFINITY))
  }

  #begin(search: Search): void {
    const { terminalCode } = search.order
    this.#busyTerminals.add(terminalCode)
    this.#search(search)
      .catch(error => this.#trouble(error))
      .finally(() => {
        this.#busyTerminals.delete(terminalCode)
        this.#runDue()
      })
  }

  async #search(search: Search): Promise<void> {
    const { orderId, terminalCode } = search.order
    search.interval = Math.min(search.interval * 2, this.#options.max)
    search.dueAt = this.#clock.monotonic() + search.interval
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
