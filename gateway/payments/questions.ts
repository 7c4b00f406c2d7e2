import { GatewayError } from '../../protocol/errors.ts'
import type { LookupTransaction } from '../../protocol/local/down.ts'
import type { Clock } from '../clock.ts'
import type { Question } from '../host/lookups.ts'
import type { SimulatedPayments } from '../host/simulated-payments.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Order, Terminal } from '../ledger/model.ts'
import { type Inquiries, transactionsOf } from './inquiries.ts'

/** Milliseconds between questions after a simulated payment: the host stores it a moment after it has accepted it. */
const AFTER_SIMULATION = [0, 200, 500, 1000, 2000]

export interface Answered {
  /** The host's error code, or null. */
  readonly code: string | null
  readonly transactions: readonly LookupTransaction[]
}

/** What a device or a person can ask the host for: one transaction, or (in the sandbox) a simulated payment. */
export class Questions {
  readonly #ledger: Ledger
  readonly #inquiries: Inquiries
  readonly #simulated: SimulatedPayments
  readonly #clock: Clock

  constructor(ledger: Ledger, inquiries: Inquiries, simulated: SimulatedPayments, clock: Clock) {
    this.#ledger = ledger
    this.#inquiries = inquiries
    this.#simulated = simulated
    this.#clock = clock
  }

  /** @throws GatewayError TERMINAL_UNKNOWN, HOST_DOWN, HOST_SILENT */
  async lookUp(terminalCode: string, question: Question): Promise<Answered> {
    const answer = await this.#inquiries.inquire(await this.#terminal(terminalCode), question)
    return { code: answer.code, transactions: transactionsOf(answer) }
  }

  /**
   * Simulates the payment of an order and asks the host about it at once, because the host sends no balance change for it.
   * Returns the order as it stands then. `terminalCode` limits it to the orders of one terminal.
   * @throws GatewayError SANDBOX_ONLY before anything is sent, ORDER_UNKNOWN, ORDER_CLOSED, HOST_DOWN, HOST_SILENT, HOST_REFUSED
   */
  async simulate(orderId: string, terminalCode: string | null): Promise<Order> {
    this.#simulated.assertAllowed()
    const order = await this.#order(orderId)
    if (terminalCode !== null && order.terminalCode !== terminalCode) throw new GatewayError('ORDER_UNKNOWN')
    if (order.state === 'paid') throw new GatewayError('ORDER_CLOSED', `order ${orderId} is paid already`)
    await this.#simulated.pay(order)
    const terminal = await this.#terminal(order.terminalCode)
    for (const wait of AFTER_SIMULATION) {
      if (wait > 0) await new Promise<void>(resolve => this.#clock.after(wait, resolve))
      await this.#inquiries.inquire(terminal, { by: 'orderId', value: orderId })
      const now = await this.#order(orderId)
      if (now.received > order.received) return now
    }
    throw new GatewayError('HOST_SILENT', 'VietQR accepted the simulated payment, but no lookup shows it')
  }

  async #order(orderId: string): Promise<Order> {
    const order = await this.#ledger.orders.get(orderId)
    if (order === null) throw new GatewayError('ORDER_UNKNOWN', `there is no order ${orderId}`)
    return order
  }

  async #terminal(terminalCode: string): Promise<Terminal> {
    const terminal = await this.#ledger.registry.terminal(terminalCode)
    if (terminal === null) throw new GatewayError('TERMINAL_UNKNOWN', `there is no terminal ${terminalCode}`)
    return terminal
  }
}
