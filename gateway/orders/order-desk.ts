import { ERROR_MESSAGES, type ErrorCode, GatewayError } from '../../protocol/errors.ts'
import { orderAmount } from '../../protocol/local/up.ts'
import type { Vnd } from '../../protocol/money.ts'
import { foldContent } from '../../protocol/vietqr/content.ts'
import { hostErrorInWords } from '../../protocol/vietqr/error-codes.ts'
import { type QrAnswer, readQrAnswer } from '../../protocol/vietqr/qr-answer.ts'
import { writeQrRequest } from '../../protocol/vietqr/qr-request.ts'
import type { HostTopics } from '../../protocol/vietqr/topics.ts'
import type { Clock } from '../clock.ts'
import { HostDownError, type HostLink } from '../host/host-link.ts'
import type { CancelledOrder, Ledger, OpenedOrder, RawMessage } from '../ledger/ledger.ts'
import type { Order, Terminal } from '../ledger/model.ts'
import { pairAnswer } from './pairing.ts'
import { checkQr } from './qr-check.ts'

/** An order as somebody asks for it; `deviceId` null is the command line. */
export interface Asked {
  readonly deviceId: string | null
  readonly terminalCode: string
  readonly requestId: string | null
  readonly amount: Vnd
  readonly content: string | null
  readonly ticket: string | null
  readonly counter: string | null
  readonly item: string | null
  readonly ttlSeconds: number | null
  /** What else tells this request from another under the same id; VietQR's boxes use theirs again. */
  readonly mark?: string | null
}

export interface OrderDeskOptions {
  readonly orderTtlMs: number
  readonly requestTimeoutMs: number
  readonly additionalDataKey: string
  readonly qrCheck: 'warn' | 'strict'
}

export interface OrderDeskOwner {
  /** An order changed its state; these devices have something to hear. */
  orderChanged(order: Order | null, told: readonly string[]): void
  trouble(error: unknown): void
}

/** When the end of an order is tried again that could not be written down. */
const FAIL_AGAIN_MS = 1000

/**
 * The life of an order up to its QR, and its end by time or by hand: it is written down, the host is asked for a QR, and the
 * answer, a refusal, or silence closes the question. Everything it waits for can be read from the ledger, so a new
 * process goes on where the old one ended.
 */
export class OrderDesk {
  readonly #ledger: Pick<Ledger, 'orders' | 'registry'>
  readonly #link: HostLink
  readonly #topics: HostTopics
  readonly #clock: Clock
  readonly #options: OrderDeskOptions
  readonly #owner: OrderDeskOwner
  readonly #deadlines = new Map<string, () => void>()
  #cancelExpiry: () => void = () => {}
  #nextExpiry = Number.POSITIVE_INFINITY
  #stopped = false

  constructor(
    ledger: Pick<Ledger, 'orders' | 'registry'>,
    link: HostLink,
    topics: HostTopics,
    clock: Clock,
    options: OrderDeskOptions,
    owner: OrderDeskOwner,
  ) {
    this.#ledger = ledger
    this.#link = link
    this.#topics = topics
    this.#clock = clock
    this.#options = options
    this.#owner = owner
  }

  /** Takes up the orders of an earlier process: their answers may still come, their time still runs. */
  async start(): Promise<void> {
    for (const order of await this.#ledger.orders.waitingForQr(null)) this.#awaitAnswer(order)
    await this.#expire()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelExpiry()
    for (const cancel of this.#deadlines.values()) cancel()
    this.#deadlines.clear()
  }

  /**
   * Opens an order, or finds the one the same request opened before. Resolves when it is on disk; the QR follows.
   * @throws GatewayError CONTENT_INVALID, or AMOUNT_INVALID outside 1 … 9 999 999 999
   */
  async open(asked: Asked): Promise<OpenedOrder> {
    orderAmount(asked.amount, asked.requestId)
    const content = asked.content === null ? null : foldContent(asked.content)
    if (content === '') {
      throw new GatewayError('CONTENT_INVALID', 'content: must contain at least one letter or digit')
    }
    const { ttlSeconds, mark = null, ...order } = asked
    const createdAt = this.#clock.now()
    const expiresAt = createdAt + (ttlSeconds === null ? this.#options.orderTtlMs : ttlSeconds * 1000)
    const { amount, ticket, counter, item } = asked
    const body = [amount, asked.content, ticket, counter, item, ttlSeconds]
    const fingerprint = JSON.stringify(mark === null ? body : [...body, mark])
    const opened = await this.#ledger.orders.open({ ...order, content, fingerprint, createdAt, expiresAt })
    if (opened.outcome === 'opened') {
      this.#owner.orderChanged(opened.order, [])
      this.#request(opened.order).catch(error => {
        this.#owner.trouble(error)
        // Whatever went wrong, who asked is owed an answer.
        if (!this.#deadlines.has(opened.order.orderId)) this.#awaitAnswer(opened.order)
      })
    }
    return opened
  }

  /** Cancels an order that can still be paid; `byDevice` limits it to the device's own. */
  async cancel(orderId: string, byDevice: string | null): Promise<CancelledOrder> {
    const cancelled = await this.#ledger.orders.cancel(orderId, byDevice, this.#clock.now())
    if (cancelled?.changed) {
      this.#settleDeadline(orderId)
      this.#owner.orderChanged(cancelled.order, cancelled.told)
    }
    return cancelled
  }

  /** Cancels everything of a device that can still be paid and for which nothing has come. */
  async cancelOpen(deviceId: string): Promise<void> {
    for (const { orderId } of await this.#ledger.orders.openOf(deviceId)) await this.cancel(orderId, deviceId)
  }

  /**
   * A message on the QR topic of a terminal. Returns what is wrong with it when it answers no order; the caller keeps it.
   * @throws MessageError when it cannot be read
   */
  async answer(terminalCode: string, raw: RawMessage): Promise<string | null> {
    const answer = readQrAnswer(raw.payload)
    const waiting = await this.#ledger.orders.waitingForQr(terminalCode)
    const order = this.#pair(answer, waiting)
    if (order === null) return unmatched(answer, waiting.length)
    if (answer.kind === 'null') return 'the host answered with a literal null: it could not make a QR'
    if (answer.kind === 'refused') {
      await this.#fail(order.orderId, 'HOST_REFUSED', hostErrorInWords(answer.code))
      return null
    }
    const verdict = checkQr(answer, order, this.#options.qrCheck)
    if (!verdict.ok) {
      await this.#fail(order.orderId, verdict.code, verdict.message)
      return null
    }
    const answered = await this.#ledger.orders.answer(order.orderId, verdict.qr, raw)
    this.#settleDeadline(order.orderId)
    this.#owner.orderChanged(answered.order, answered.told)
    if (answered.order !== null) this.#expireAt(answered.order.expiresAt)
    return null
  }

  #pair(answer: QrAnswer, waiting: readonly Order[]): Order | null {
    if (answer.kind === 'qr') return pairAnswer(answer, waiting)
    if (answer.kind === 'null') return null
    // A refusal names nothing: it can only be meant for the one order that waits.
    const [only, ...others] = waiting
    return others.length === 0 ? (only ?? null) : null
  }

  async #request(order: Order): Promise<void> {
    const terminal = await this.#ledger.registry.terminal(order.terminalCode)
    if (terminal === null) {
      await this.#fail(order.orderId, 'TERMINAL_UNKNOWN', `there is no terminal ${order.terminalCode}`)
      return
    }
    if (!this.#link.up || this.#isRefused(order.terminalCode)) {
      await this.#fail(order.orderId, 'HOST_DOWN', this.#link.reason || ERROR_MESSAGES.HOST_DOWN.en)
      return
    }
    this.#awaitAnswer(order)
    try {
      await this.#link.publish(this.#topics.request(order.terminalCode), this.#qrRequest(order, terminal))
    } catch (error) {
      const code = error instanceof HostDownError ? 'HOST_DOWN' : 'HOST_REFUSED'
      await this.#fail(order.orderId, code, error instanceof Error ? error.message : String(error))
    }
  }

  /** Without the terminal's answer topic the QR could not be heard. */
  #isRefused(terminalCode: string): boolean {
    return this.#link.refusedTopics.includes(this.#topics.response(terminalCode))
  }

  #qrRequest(order: Order, terminal: Terminal): string {
    const { amount, content, orderId, terminalCode } = order
    const { bankAccount, bankCode, holder, serviceCode } = terminal
    return writeQrRequest({
      amount,
      content,
      bankAccount,
      bankCode,
      userBankName: holder,
      orderId,
      terminalCode,
      ...(serviceCode === null ? {} : { serviceCode }),
      additionalDataKey: this.#options.additionalDataKey,
    })
  }

  #awaitAnswer(order: Order): void {
    const left = order.createdAt + this.#options.requestTimeoutMs - this.#clock.now()
    const giveUp = (): void => {
      this.#silent(order).catch(error => this.#owner.trouble(error))
    }
    this.#deadlines.set(order.orderId, this.#clock.after(Math.max(left, 0), giveUp))
  }

  async #silent(order: Order): Promise<void> {
    const seconds = this.#options.requestTimeoutMs / 1000
    await this.#fail(order.orderId, 'HOST_SILENT', `VietQR did not answer within ${seconds} s`)
  }

  async #fail(orderId: string, code: ErrorCode, message: string): Promise<void> {
    this.#settleDeadline(orderId)
    try {
      const { order, told } = await this.#ledger.orders.fail(orderId, code, message, this.#clock.now())
      if (order !== null) this.#owner.orderChanged(order, told)
    } catch (error) {
      // The ledger may be back in a moment; an order that nobody ends would keep its asker waiting until it expires.
      const again = (): void => {
        this.#fail(orderId, code, message).catch(error => this.#owner.trouble(error))
      }
      if (!this.#stopped) this.#deadlines.set(orderId, this.#clock.after(FAIL_AGAIN_MS, again))
      throw error
    }
  }

  #settleDeadline(orderId: string): void {
    this.#deadlines.get(orderId)?.()
    this.#deadlines.delete(orderId)
  }

  /** Closes what is overdue now, and comes back when the next order will be. */
  async #expire(): Promise<void> {
    this.#nextExpiry = Number.POSITIVE_INFINITY
    const { expired, told, nextAt } = await this.#ledger.orders.expire(this.#clock.now())
    for (const order of expired) {
      this.#settleDeadline(order.orderId)
      this.#owner.orderChanged(order, [])
    }
    this.#owner.orderChanged(null, told)
    if (nextAt !== null) this.#expireAt(nextAt)
  }

  #expireAt(at: number): void {
    if (at >= this.#nextExpiry || this.#stopped) return
    this.#cancelExpiry()
    this.#nextExpiry = at
    const run = (): void => {
      this.#expire().catch((error: unknown) => {
        this.#owner.trouble(error)
        this.#expireAt(this.#clock.now() + 1000)
      })
    }
    this.#cancelExpiry = this.#clock.after(Math.max(at - this.#clock.now(), 0) + 1, run)
  }
}

function unmatched(answer: QrAnswer, waiting: number): string {
  if (answer.kind === 'null') return 'the host answered with a literal null, which names no order'
  const many = waiting === 0 ? 'no order' : `none of the ${waiting} orders`
  return `${many} of this terminal that waits for a QR fits this answer`
}
