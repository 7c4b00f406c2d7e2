/**
 * Money. A person pays a code with a bank app; the bank tells VietQR, outside MQTT; VietQR finds the order and, for an
 * account of the merchant service, publishes a balance change:
 *
 *   merchant service   order found by its order id; told on `vietqr/bdsd/…` if the order's `additionalData` has an element
 *   plain              order found by the `VQR…` token in the content; stored, never told: only a lookup shows it
 *   no order found     stored as money from outside VietQR
 *
 * One thing is kinder than the server. That one finds an order only if the amount agrees too, so that a person who edits it
 * might never be heard of. Here such money is told with the order's id and stored as a row of its own, beside the order
 * that stays unpaid: whoever hears of too little money must be able to be tested.
 */
import { writeBalanceChange } from './balance-change.ts'
import type { HostContext } from './context.ts'
import { isPaid, type Order, type OrderSearch, type Transaction } from './orders.ts'
import { Refusal } from './refusal.ts'

/** A payment that cannot be made. */
export class PaymentError extends Error {
  override readonly name = 'PaymentError'
  readonly code: 'ORDER_UNKNOWN' | 'ACCOUNT_UNKNOWN' | 'AMOUNT_INVALID'

  constructor(code: PaymentError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** What a person pays: the code is found by what stands in it; the amount may be edited. */
export interface Payment extends OrderSearch {
  /** Whole VND; the code's own when left out. */
  readonly amount?: number | undefined
}

/** Money nobody was asked for. */
export interface UnmatchedPayment {
  readonly bankAccount: string
  readonly amount: number
  readonly content: string
  /** For an account of the merchant service: the terminal it is told to. Told to nobody when left out. */
  readonly terminalCode?: string | undefined
}

/** What became of a payment. */
export interface Receipt {
  readonly referenceNumber: string
  readonly bankAccount: string
  /** Whole VND. */
  readonly amount: number
  readonly content: string
  /** The order VietQR has found for it. */
  readonly orderId: string | null
  /** Whether VietQR has found an order, with or without an id. */
  readonly matched: boolean
  /** The topic of the balance change; null when none was published. */
  readonly told: string | null
}

interface Notice {
  readonly bankAccount: string
  readonly amount: number
  readonly content: string
  readonly transType: string
  readonly referenceNumber: string
}

const DAY_MS = 86_400_000

export class Payments {
  readonly #host: HostContext

  constructor(host: HostContext) {
    this.#host = host
  }

  /**
   * A person pays a code. Resolves when everybody who is told was told.
   * @throws PaymentError
   */
  async pay({ amount: edited, ...search }: Payment): Promise<Receipt> {
    const order = this.#host.orders.find(search)
    if (order === null) {
      throw new PaymentError(
        'ORDER_UNKNOWN',
        'no code of this host fits; give the orderId, content or qrCode of one, or pay without an order',
      )
    }
    const amount = checkedAmount(edited ?? order.amount)
    // Nobody pays faster than the server stores.
    await order.storing
    const { bankAccount, content, transaction } = order
    const transType = transaction?.transType ?? 'C'
    const notice = { bankAccount, amount, content, transType, referenceNumber: this.#bankReference() }
    return this.#receive(notice, isFindable(order) ? order : null, isFindable(order) ? order.noticeTo : null)
  }

  /**
   * Somebody sends money that belongs to no order.
   * @throws PaymentError
   */
  async payUnmatched({ bankAccount, content, ...rest }: UnmatchedPayment): Promise<Receipt> {
    const account = this.#host.accounts.byNumber(bankAccount)
    if (account === null) throw new PaymentError('ACCOUNT_UNKNOWN', 'the bankAccount is none of this host')
    const amount = checkedAmount(rest.amount)
    const notice = { bankAccount, amount, content, transType: 'C', referenceNumber: this.#bankReference() }
    return this.#receive(notice, null, account.kind === 'mms' ? (rest.terminalCode ?? null) : null)
  }

  /** A payment that is only pretended, on the way of plain accounts. */
  async pretend(pretended: Omit<Notice, 'referenceNumber'>): Promise<Receipt> {
    const { content, bankAccount, transType } = pretended
    const mine = this.#host.orders.byToken(content).filter(order => order.bankAccount === bankAccount)
    await Promise.all(mine.map(order => order.storing))
    const fitting = mine.filter(order => isFindable(order) && order.transaction?.transType === transType)
    const order = fitting.find(candidate => !isPaid(candidate)) ?? fitting[0] ?? null
    const referenceNumber = `simulated-${this.#host.random.uuid()}`
    return this.#receive({ ...pretended, referenceNumber }, order, null)
  }

  async #receive(notice: Notice, order: Order | null, noticeTo: string | null): Promise<Receipt> {
    const now = Math.floor(this.#host.now() / 1000)
    const orderId = order?.orderId ?? null
    // Read before the order is marked, so that an order of the merchant service still shows when it was made.
    const timePaid = order?.transaction?.timePaid ?? now
    this.#record(notice, order?.transaction ?? null, now)
    const told = noticeTo === null ? null : await this.#tell(notice, orderId, timePaid, noticeTo)
    const { referenceNumber, bankAccount, amount, content } = notice
    const receipt = { referenceNumber, bankAccount, amount, content, orderId, matched: order !== null, told }
    this.#host.events.emit('paid', receipt)
    return receipt
  }

  #record(notice: Notice, pending: Transaction | null, now: number): void {
    const { referenceNumber } = notice
    if (pending?.status === 0 && pending.amount === notice.amount) {
      this.#host.orders.settle(pending, referenceNumber, now)
      return
    }
    this.#host.orders.store({
      ...notice,
      orderId: pending === null ? '' : pending.orderId,
      terminalCode: pending?.terminalCode ?? '',
      note: '',
      type: pending === null ? 2 : 0,
      status: 1,
      timeCreated: now,
      timePaid: now,
    })
  }

  async #tell(notice: Notice, orderId: string | null, timePaid: number, to: string): Promise<string | null> {
    const { bankAccount, amount, transType, referenceNumber, content } = notice
    const topic = `vietqr/bdsd/${to}`
    const change = { bankAccount, amount, timePaid, transType, referenceNumber, orderId, content }
    try {
      return (await this.#host.publish('told', topic, writeBalanceChange(change))) ? topic : null
    } catch (error) {
      if (error instanceof Refusal) return null
      throw error
    }
  }

  /** `FT`, two digits of the year, the day of the year, nine digits: the form banks use. */
  #bankReference(): string {
    const now = this.#host.now()
    const year = new Date(now).getUTCFullYear()
    const day = Math.floor((now - Date.UTC(year, 0, 1)) / DAY_MS) + 1
    return `FT${String(year).slice(-2)}${String(day).padStart(3, '0')}${this.#host.random.digits(9)}`
  }
}

/** Whether a payment finds the order: the merchant service goes by the order id, plain accounts by the token. */
function isFindable({ flow, transaction, orderId, token }: Order): boolean {
  return transaction !== null && (flow === 'mms' ? orderId !== null : token !== null)
}

function checkedAmount(amount: number | null): number {
  if (amount === null) throw new PaymentError('AMOUNT_INVALID', 'the code asks for no amount; give one, in whole VND')
  if (Number.isSafeInteger(amount) && amount > 0) return amount
  throw new PaymentError('AMOUNT_INVALID', 'the amount is not valid; it should be whole VND, at least 1')
}
