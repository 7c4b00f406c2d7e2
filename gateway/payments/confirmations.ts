import { GatewayError } from '../../protocol/errors.ts'
import type { Clock } from '../clock.ts'
import type { Question } from '../host/lookups.ts'
import type { Ledger, TakenPayment } from '../ledger/ledger.ts'
import type { Order, Payment } from '../ledger/model.ts'
import type { Inquiries } from './inquiries.ts'

/**
 * Asks the host about what must be confirmed before it has its last effects: a paid order whose goods or call wait, or a
 * payment nobody has been told of yet.
 *
 * Anyone with the partner's login can publish a balance change; only the host can answer a lookup. An empty answer is no
 * "no" (the host stores orders after it has answered), so it is asked again, at growing intervals, until a minute after
 * the payment came. Then the order is held: a person decides.
 */

/** Milliseconds between one question and the next; the last one repeats. */
const INTERVALS = [500, 1000, 2000, 4000, 8000]
/** How long after the payment the host may take to agree. */
const HOLD_AFTER_MS = 60_000
/** After a restart an order that is over its minute is still asked about once. */
const LEAST_TRY_MS = 5000

export class Confirmations {
  readonly #ledger: Ledger
  readonly #inquiries: Inquiries
  readonly #clock: Clock
  readonly #owner: ConfirmationsOwner
  readonly #watched = new Map<string, () => void>()

  constructor(ledger: Ledger, inquiries: Inquiries, clock: Clock, owner: ConfirmationsOwner) {
    this.#ledger = ledger
    this.#inquiries = inquiries
    this.#clock = clock
    this.#owner = owner
  }

  /** Takes up what an earlier process left unconfirmed. */
  async start(): Promise<void> {
    for (const order of await this.#ledger.orders.unconfirmed()) this.#watchOrder(order)
    for (const payment of await this.#ledger.payments.unconfirmed()) this.#watchPayment(payment)
  }

  stop(): void {
    for (const cancel of this.#watched.values()) cancel()
    this.#watched.clear()
  }

  /** Looks at what a payment left open. */
  watch({ payment, order }: TakenPayment): void {
    if (order !== null && waitsForConfirmation(order)) this.#watchOrder(order)
    else if (payment !== null && hasNoEffectYet(payment) && this.#owner.everythingWaits) this.#watchPayment(payment)
  }

  #watchOrder(order: Order): void {
    const since = order.paidAt ?? order.createdAt
    const { orderId, terminalCode } = order
    const question: Question = { by: 'orderId', value: orderId }
    this.#begin(`order ${orderId}`, since, terminalCode, question, orderId, async () => {
      const now = await this.#ledger.orders.get(orderId)
      return now !== null && waitsForConfirmation(now)
    })
  }

  #watchPayment(payment: Payment): void {
    const { referenceNumber, orderId, terminalCode, receivedAt } = payment
    const question: Question =
      orderId === null ? { by: 'referenceNumber', value: referenceNumber } : { by: 'orderId', value: orderId }
    this.#begin(`payment ${payment.paymentId}`, receivedAt, terminalCode, question, orderId, async () => {
      const found = await this.#ledger.payments.find(payment.paymentId)
      return found.some(hasNoEffectYet)
    })
  }

  #begin(
    key: string,
    since: number,
    terminalCode: string,
    question: Question,
    orderId: string | null,
    open: () => Promise<boolean>,
  ): void {
    if (this.#watched.has(key)) return
    let attempt = 0
    let cancelStep: () => void = () => {}
    const step = async (): Promise<void> => {
      await this.#ask(terminalCode, question)
      if (!this.#watched.has(key)) return
      if (!(await open())) {
        this.#watched.get(key)?.()
        this.#watched.delete(key)
        return
      }
      const wait = INTERVALS[Math.min(attempt, INTERVALS.length - 1)] ?? HOLD_AFTER_MS
      attempt += 1
      cancelStep = this.#clock.after(wait, run)
    }
    const run = (): void => {
      step().catch((error: unknown) => {
        this.#owner.trouble(error)
        // The ledger may be back in a moment; an order that waits must not be forgotten.
        if (this.#watched.has(key)) cancelStep = this.#clock.after(1000, run)
      })
    }
    // The minute runs by itself: a host that answers slowly, or that many ask, must not make it longer.
    const left = since + HOLD_AFTER_MS - this.#clock.now()
    const cancelHold = this.#clock.after(Math.max(left, LEAST_TRY_MS), () => {
      cancelStep()
      this.#watched.delete(key)
      open()
        .then(still => (still ? this.#giveUp(key, orderId) : undefined))
        .catch(error => this.#owner.trouble(error))
    })
    this.#watched.set(key, () => {
      cancelStep()
      cancelHold()
    })
    run()
  }

  async #ask(terminalCode: string, question: Question): Promise<void> {
    const terminal = await this.#ledger.registry.terminal(terminalCode)
    if (terminal === null) return
    try {
      await this.#inquiries.inquire(terminal, question)
    } catch (error) {
      // No link or no answer: asked again while there is time.
      if (!(error instanceof GatewayError)) throw error
    }
  }

  async #giveUp(key: string, orderId: string | null): Promise<void> {
    const held = orderId === null ? null : await this.#ledger.orders.hold(orderId, this.#clock.now())
    this.#owner.notConfirmed(key, held?.order ?? null, held?.told ?? [])
  }
}

export interface ConfirmationsOwner {
  /** `payments.confirm: always`. */
  readonly everythingWaits: boolean
  /** Nothing agreed in time; the order, if there was one, is held now. */
  notConfirmed(what: string, held: Order | null, told: readonly string[]): void
  trouble(error: unknown): void
}

function waitsForConfirmation(order: Order): boolean {
  return order.state === 'paid' && order.fulfilment === 'pending' && order.releasedAt === null
}

function hasNoEffectYet(payment: Payment): boolean {
  return payment.match === null && payment.settled && payment.direction === 'in' && !payment.confirmed
}
