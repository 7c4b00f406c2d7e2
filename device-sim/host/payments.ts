/**
 * Money. A person pays a code with a bank app; the bank tells VietQR, outside MQTT; VietQR finds the order and, for an
 * account of the merchant service, publishes a balance change:
 *
 *   merchant service   order found by its order id; told on `vietqr/bdsd/…` if the order's `additionalData` has an element
 *   plain, BIDV        order found by the `VQR…` token or bill id in the content; stored, never told: only a lookup shows it
 *   other, unknown     VietQR never hears of it
 *   no order found     stored as money from outside VietQR
 *
 * One thing is kinder than the server. That one finds an order only if the amount agrees too, so that a person who edits it
 * might never be heard of. Here such money is told with the order's id and stored as a row of its own, beside the order
 * that stays unpaid: whoever hears of too little money must be able to be tested.
 */
import { writeBalanceChange } from './balance-change.ts'
import { writePaid } from './box-messages.ts'
import { type HostContext, storedTime } from './context.ts'
import { isOpen, isPaid, type Order, type OrderSearch, type Transaction } from './orders.ts'
import { checkedAmount, PaymentError } from './payment-error.ts'
import { Refusal } from './refusal.ts'

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

/** Money that came by the static code of a box. */
interface BoxPayment {
  readonly bankAccount: string
  readonly amount: number
  readonly content: string
  readonly boxId: string
  /** Of the box, ten characters. */
  readonly terminalCode: string
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
  /** The topic of the balance change, published or held back by a fault for a while; null when there is none. */
  readonly told: string | null
}

interface Notice {
  readonly bankAccount: string
  readonly amount: number
  readonly content: string
  readonly transType: string
  readonly referenceNumber: string
}

/** A payment as it may have to be taken back. */
interface Kept {
  readonly notice: Notice
  readonly orderId: string | null
  readonly to: string | null
  readonly row: Transaction | null
  reversed: boolean
}

const DAY_MS = 86_400_000

export class Payments {
  readonly #host: HostContext
  readonly #kept = new Map<string, Kept>()

  constructor(host: HostContext) {
    this.#host = host
  }

  clear(): void {
    this.#kept.clear()
  }

  /** The order a person means. @throws PaymentError */
  order(search: OrderSearch): Order {
    const order = this.#host.orders.find(search)
    if (order !== null) return order
    throw new PaymentError(
      'ORDER_UNKNOWN',
      'no code of this host fits; give the orderId, content or qrCode of one, or pay without an order',
    )
  }

  /**
   * A person pays a code. Resolves when everybody who is told was told.
   * @throws PaymentError
   */
  async pay({ amount: edited, ...search }: Payment): Promise<Receipt> {
    const order = this.order(search)
    const amount = checkedAmount(edited ?? order.amount)
    // Nobody pays faster than the server stores.
    await order.storing
    const { bankAccount, content, transaction } = order
    const transType = transaction?.transType ?? 'C'
    const notice = { bankAccount, amount, content, transType, referenceNumber: this.#bankReference() }
    if (!isFindable(order)) return this.#receive(notice, null, null)
    const receipt = await this.#receive(notice, order, this.#noticeTo(order))
    if (order.boxId !== null) await this.#tellBox(order.boxId, amount)
    return receipt
  }

  /**
   * Somebody sends money that belongs to no order.
   * @throws PaymentError
   */
  async payUnmatched({ bankAccount, content, ...rest }: UnmatchedPayment): Promise<Receipt> {
    const account = this.#host.accounts.atBank(bankAccount)
    if (account === null) throw new PaymentError('ACCOUNT_UNKNOWN', 'the bankAccount is none of this host')
    const amount = checkedAmount(rest.amount)
    const notice = { bankAccount, amount, content, transType: 'C', referenceNumber: this.#bankReference() }
    return this.#receive(notice, null, account.kind === 'mms' ? (rest.terminalCode ?? null) : null)
  }

  /** A person pays the static code of a box: it hears of it, and no terminal does. @throws PaymentError */
  async payBox({ bankAccount, amount, content, boxId, terminalCode }: BoxPayment): Promise<Receipt> {
    const referenceNumber = this.#bankReference()
    const notice = { bankAccount, amount: checkedAmount(amount), content, transType: 'C', referenceNumber }
    const receipt = await this.#receive(notice, null, null, { type: 1, terminalCode })
    await this.#tellBox(boxId, amount)
    return receipt
  }

  /**
   * Calls an order off. The code stays payable, as every code of VietQR does.
   * @throws PaymentError
   */
  async cancel(search: OrderSearch): Promise<Order> {
    const order = this.order(search)
    await order.storing
    if (isPaid(order)) throw new PaymentError('ORDER_PAID', 'the order is paid; take the money back with /reverse')
    if (order.transaction !== null) order.transaction.status = 2
    this.#host.events.emit('cancelled', order)
    return order
  }

  /**
   * The bank takes the money of a payment back.
   * @throws PaymentError
   */
  async reverse(referenceNumber: string): Promise<Receipt> {
    const kept = this.#kept.get(referenceNumber)
    if (kept === undefined) {
      throw new PaymentError('PAYMENT_UNKNOWN', 'no payment has this reference; give the referenceNumber of a receipt')
    }
    if (kept.reversed) throw new PaymentError('PAYMENT_REVERSED', 'the money of this payment has gone back already')
    return this.#reverse(kept)
  }

  /** A payment that is only pretended, on the way of plain accounts. */
  async pretend(pretended: Omit<Notice, 'referenceNumber'>): Promise<Receipt> {
    const { content, bankAccount, transType } = pretended
    const mine = this.#host.orders.byToken(content).filter(order => order.bankAccount === bankAccount)
    await Promise.all(mine.map(order => order.storing))
    const fitting = mine.filter(order => isFindable(order) && order.transaction?.transType === transType)
    const order = fitting.find(candidate => !isPaid(candidate)) ?? fitting[0] ?? null
    return this.#receive({ ...pretended, referenceNumber: this.#pretendedReference() }, order, null)
  }

  /** The same in the way of an older build: a pending order with that content and amount is marked. False without one. */
  async pretendSettled(pretended: Pick<Notice, 'bankAccount' | 'content' | 'amount'>): Promise<boolean> {
    const { bankAccount, content, amount } = pretended
    const order = this.#host.orders.find({ content })
    await order?.storing
    const row = order?.transaction ?? null
    const fits = row?.bankAccount === bankAccount && row.content === content && row.amount === amount
    if (order === null || !fits || !isOpen(order)) return false
    const referenceNumber = this.#pretendedReference()
    await this.#receive({ ...pretended, transType: row.transType, referenceNumber }, order, null)
    return true
  }

  async #receive(
    notice: Notice,
    order: Order | null,
    to: string | null,
    outside: Pick<Transaction, 'type' | 'terminalCode'> = { type: 2, terminalCode: '' },
  ): Promise<Receipt> {
    const orderId = order?.orderId ?? null
    const now = storedTime(this.#host, this.#host.now())
    // Read before the order is marked, so that an order of the merchant service still shows when it was made.
    const timePaid = order?.transaction?.timePaid ?? now
    const row = this.#record(notice, order?.transaction ?? null, outside, now)
    const { referenceNumber } = notice
    const kept: Kept = { notice, orderId, to, row, reversed: false }
    this.#kept.set(referenceNumber, kept)
    const told = to === null ? null : await this.#tell(notice, orderId, timePaid, to)
    const receipt = receiptOf(notice, orderId, order !== null, told)
    this.#host.events.emit('paid', receipt)
    if (this.#host.faults.happens('reversed')) await this.#reverse(kept)
    return receipt
  }

  async #reverse(kept: Kept): Promise<Receipt> {
    const { notice, orderId, to, row } = kept
    kept.reversed = true
    if (row !== null) row.amountReversed = notice.amount
    const own = this.#host.faults.values.reversedReference === 'own'
    const referenceNumber = own ? this.#bankReference() : notice.referenceNumber
    const back = { ...notice, transType: 'D', referenceNumber, content: `HOAN TIEN ${notice.referenceNumber}` }
    const now = storedTime(this.#host, this.#host.now())
    if (row !== null) this.#host.orders.store(rowOf(back, row, now))
    const told = to === null ? null : await this.#tell(back, orderId, now, to)
    const receipt = receiptOf(back, orderId, orderId !== null, told)
    this.#host.events.emit('reversed', receipt)
    return receipt
  }

  /** What VietQR stores; null where it does not hear of the account's money. */
  #record(
    notice: Notice,
    pending: Transaction | null,
    outside: Pick<Transaction, 'type' | 'terminalCode'>,
    now: number,
  ): Transaction | null {
    const kind = this.#host.accounts.byNumber(notice.bankAccount)?.kind ?? 'unknown'
    if (kind === 'unknown' || kind === 'other') return null
    if (pending !== null && pending.status !== 1 && pending.amount === notice.amount) {
      this.#host.orders.settle(pending, notice.referenceNumber, now)
      return pending
    }
    const row = rowOf(notice, pending ?? { orderId: '', note: '', ...outside }, now)
    this.#host.orders.store(row)
    return row
  }

  async #tell(notice: Notice, orderId: string | null, timePaid: number, to: string): Promise<string | null> {
    const { values } = this.#host.faults
    const topic = `vietqr/bdsd/${values.wrongTerminal || to}`
    const { bankAccount, transType, referenceNumber, content } = notice
    const amount = notice.amount + values.wrongAmount
    const change = { bankAccount, amount, timePaid, transType, referenceNumber, orderId, content }
    try {
      return (await this.#host.publish('told', topic, writeBalanceChange(change, values))) ? topic : null
    } catch (error) {
      if (error instanceof Refusal) return null
      throw error
    }
  }

  async #tellBox(boxId: string, amount: number): Promise<void> {
    const { publish, faults } = this.#host
    await publish('told', `vietqr/boxId/${boxId}`, writePaid(amount, faults.values.maskedAmounts))
  }

  /** The last level of the topic its payment is told on; null where nothing is told. */
  #noticeTo({ flow, elements, terminalCode }: Order): string | null {
    const { noticesForAll, emptyAdditionalData } = this.#host.faults.values
    if (flow !== 'mms' && !noticesForAll) return null
    if (elements === null || (elements === 0 && emptyAdditionalData === 'skip')) return null
    // The server writes its own terminalCode into each stored element, as the word "null" when there is none.
    return String(terminalCode)
  }

  /** `FT`, two digits of the year, the day of the year, nine digits: the form banks use. */
  #bankReference(): string {
    const now = this.#host.now()
    const year = new Date(now).getUTCFullYear()
    const day = Math.floor((now - Date.UTC(year, 0, 1)) / DAY_MS) + 1
    return `FT${String(year).slice(-2)}${String(day).padStart(3, '0')}${this.#host.random.digits(9)}`
  }

  #pretendedReference(): string {
    return `simulated-${this.#host.random.uuid()}`
  }
}

function receiptOf(notice: Notice, orderId: string | null, matched: boolean, told: string | null): Receipt {
  const { referenceNumber, bankAccount, amount, content } = notice
  return { referenceNumber, bankAccount, amount, content, orderId, matched, told }
}

/** Money that has come or gone, as a row of its own. */
function rowOf(
  notice: Notice,
  { orderId, terminalCode, note, type }: Pick<Transaction, 'orderId' | 'terminalCode' | 'note' | 'type'>,
  now: number,
): Transaction {
  const at = { timeCreated: now, timePaid: now }
  return { ...notice, orderId, terminalCode, note, type, status: 1, ...at, amountReversed: 0 }
}

/** Whether a payment finds the order: the merchant service goes by the order id, other accounts by what is in the content. */
function isFindable({ flow, transaction, orderId, token }: Order): boolean {
  return transaction !== null && (flow === 'mms' ? orderId !== null : token !== null)
}
