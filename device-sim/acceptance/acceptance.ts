import { setTimeout as delay } from 'node:timers/promises'
import { CommandFailure } from '../../gateway/control/failure.ts'
import { EXIT } from '../../gateway/exit-codes.ts'
import { inspectQr } from '../../protocol/vietqr/qr/payload.ts'
import type { GatewayUnderTest, ShownOrder, ShownPayment, ShownTerminal } from './gateway-under-test.ts'
import { type AcceptanceReport, maskedAccount, type Outcome, reportOf, type StepReport } from './report.ts'

export interface AcceptanceOptions {
  /** The point of sale to use; undefined where the gateway has only one. */
  readonly terminalCode: string | undefined
  /** Whole VND of each order. */
  readonly amount: number
  /** How long a person may take to pay the second order, milliseconds; 0 leaves that step out. */
  readonly waitMs: number
}

export interface AcceptanceAudience {
  step(done: StepReport): void
  /** A person is asked to pay this order now. */
  pleasePay(order: ShownOrder): void
}

/** How often the gateway is asked whether the person has paid. */
const LOOK_AGAIN_MS = 250

type Finding = { readonly outcome: Outcome; readonly details: readonly string[] }

/**
 * Walks the steps VietQR asks a partner to show before going live (connect, create a code, receive it, look a transaction up,
 * simulate a payment, receive a balance change) with the gateway that is configured, and writes down what was seen.
 *
 * Two orders are made: one is paid by VietQR's simulation, which reports no balance change; the other by a person, so that a
 * balance change comes.
 */
export class Acceptance {
  readonly #gateway: GatewayUnderTest
  readonly #options: AcceptanceOptions
  readonly #audience: AcceptanceAudience
  readonly #steps: StepReport[] = []

  constructor(gateway: GatewayUnderTest, options: AcceptanceOptions, audience: AcceptanceAudience) {
    this.#gateway = gateway
    this.#options = options
    this.#audience = audience
  }

  /** @throws CommandFailure when there is no gateway or it is not clear which terminal is meant */
  async run(): Promise<AcceptanceReport> {
    const { site, host } = await this.#gateway.status()
    const terminal = chosen(await this.#gateway.terminals(), this.#options.terminalCode)
    await this.#step('connect', 'Connect and subscribe', () => this.#connect())
    const order = await this.#codeOf(terminal)
    if (order !== null) {
      await this.#step('lookup', 'Look up a transaction (vietqr/request-status)', () => this.#lookOpen(terminal, order))
      await this.#step('simulate', 'Simulate a payment', () => this.#simulate(host.environment, order))
      await this.#step('balance-change', 'Receive a balance change (vietqr/bdsd)', () => this.#balanceChange(terminal))
    }
    const { terminalCode, bankAccount } = terminal
    const about = { site, host: host.url, environment: host.environment, terminalCode }
    return reportOf({ ...about, bankAccount: maskedAccount(bankAccount), steps: this.#steps }, Date.now())
  }

  async #connect(): Promise<Finding> {
    const { reasons, host } = await this.#gateway.status()
    if (reasons.length > 0) return failed(...reasons)
    const secured = host.url.startsWith('mqtts:') ? 'over TLS' : 'WITHOUT TLS: VietQR documents MQTTS'
    return passed(`connected to ${host.url} ${secured}`, 'every subscription is acknowledged')
  }

  /** Two steps that are one question: the request, and the answer that has to fit it. */
  async #codeOf(terminal: ShownTerminal): Promise<ShownOrder | null> {
    let order: ShownOrder | null = null
    let silence: string | null = null
    const { terminalCode } = terminal
    await this.#step('create', `Create a code (vietqr/request/${terminalCode})`, async () => {
      try {
        order = await this.#gateway.createOrder(terminalCode, this.#options.amount)
        return passed(`order ${order.orderId} of ${order.amount} VND was requested`)
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error
        silence = error.message
        // The request left, and what came back, or did not, is the next step's business.
        const left = !/^(HOST_DOWN|AMOUNT_INVALID|TERMINAL_UNKNOWN)/.test(error.message)
        return left ? passed('an order was requested') : failed(error.message)
      }
    })
    await this.#step('receive', `Receive the code (vietqr/response/${terminalCode})`, async () =>
      order === null ? failed(silence ?? 'no order was made') : judgedCode(order, terminal),
    )
    return order
  }

  async #lookOpen({ terminalCode }: ShownTerminal, { orderId }: ShownOrder): Promise<Finding> {
    const rows = await this.#gateway.lookUp(terminalCode, { order: orderId })
    const [row] = rows
    if (row === undefined) return passed('VietQR answered with an empty list: the order is not stored (yet)')
    return passed(`VietQR answered: order ${row.orderId}, ${row.amount} VND, ${row.status}`)
  }

  async #simulate(environment: string, { orderId }: ShownOrder): Promise<Finding> {
    if (environment !== 'sandbox') {
      await this.#gateway.cancel(orderId)
      return skipped(`host.environment is ${environment}: nothing is simulated there`)
    }
    try {
      const { state, received } = await this.#gateway.simulate(orderId)
      if (state !== 'paid') return failed(`order ${orderId} is ${state} after the simulated payment`)
      return passed(`order ${orderId} is paid: ${received} VND, found by lookup`)
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error
      await this.#gateway.cancel(orderId)
      const notServed = error.message.includes('merchant-service')
      return notServed ? skipped(error.message) : failed(error.message)
    }
  }

  async #balanceChange(terminal: ShownTerminal): Promise<Finding> {
    const { amount, waitMs } = this.#options
    if (waitMs === 0) return skipped('left out: a waiting time of 0 was given')
    const { orderId } = await this.#gateway.createOrder(terminal.terminalCode, amount)
    this.#audience.pleasePay(await this.#gateway.order(orderId))
    const payment = await this.#paymentOf(orderId)
    if (payment === null) {
      await this.#gateway.cancel(orderId)
      return failed(`order ${orderId} was not paid within ${waitMs / 1000} s: pay the code while this waits`)
    }
    const { referenceNumber, source } = payment
    if (source !== 'bdsd') {
      return failed(
        `the payment ${referenceNumber} was found by lookup; no balance change came`,
        "VietQR reports balance changes of accounts with the bank's merchant service; ask whether this one has it",
      )
    }
    const rows = await this.#gateway.lookUp(terminal.terminalCode, { reference: referenceNumber })
    const agreed = rows.some(row => row.status === 'paid' && row.amount === payment.amount)
    const told = `balance change ${referenceNumber}: ${payment.amount} VND for order ${orderId}`
    return agreed ? passed(told, 'a lookup agrees') : failed(told, 'a lookup by its reference does not show it as paid')
  }

  async #paymentOf(orderId: string): Promise<ShownPayment | null> {
    const deadline = performance.now() + this.#options.waitMs
    while (performance.now() < deadline) {
      const payments = await this.#gateway.paymentsOf(orderId)
      const settled = payments.find(payment => payment.settled && payment.direction === 'in')
      if (settled !== undefined) return settled
      await delay(LOOK_AGAIN_MS)
    }
    return null
  }

  async #step(step: string, title: string, work: () => Promise<Finding>): Promise<void> {
    const started = performance.now()
    const finding = await work().catch((error: unknown) => {
      if (error instanceof CommandFailure && error.exitCode !== EXIT.notRunning) return failed(error.message)
      throw error
    })
    const done = { step, title, ...finding, ms: Math.round(performance.now() - started) }
    this.#steps.push(done)
    this.#audience.step(done)
  }
}

function judgedCode(order: ShownOrder, terminal: ShownTerminal): Finding {
  const inspected = inspectQr(order.qrCode ?? '')
  if (!inspected.ok) return failed(`the code cannot be read: ${inspected.reason}`)
  const { amount, account, bin, content } = inspected.payload
  if (amount !== order.amount || account !== terminal.bankAccount) {
    return failed('the code carries another amount or account than the order')
  }
  return passed(`a well-formed code: bank ${bin}, ${amount} VND, content “${content ?? ''}”`)
}

function chosen(terminals: readonly ShownTerminal[], wanted: string | undefined): ShownTerminal {
  const [first, ...others] = terminals.filter(({ terminalCode }) => wanted === undefined || terminalCode === wanted)
  if (first !== undefined && others.length === 0) return first
  if (first !== undefined) {
    const codes = terminals.map(({ terminalCode }) => terminalCode).join(', ')
    throw new CommandFailure(EXIT.usage, `the gateway has several terminals; name one with --terminal: ${codes}`)
  }
  if (wanted !== undefined) throw new CommandFailure(EXIT.unknown, `there is no terminal ${wanted}`)
  throw new CommandFailure(EXIT.unknown, 'the gateway has no terminal yet; "vietqr-gateway terminals add" makes one')
}

function passed(...details: string[]): Finding {
  return { outcome: 'ok', details }
}

function failed(...details: string[]): Finding {
  return { outcome: 'failed', details }
}

function skipped(...details: string[]): Finding {
  return { outcome: 'skipped', details }
}
