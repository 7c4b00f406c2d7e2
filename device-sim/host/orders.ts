/** A row of VietQR's transactions. Times are epoch seconds. */
export interface Transaction {
  readonly bankAccount: string
  readonly orderId: string | null
  readonly amount: number
  readonly content: string
  readonly transType: string
  readonly terminalCode: string
  readonly note: string
  /** 0 a dynamic code, 1 the static code of a terminal, 2 money that came without a code of VietQR's. */
  readonly type: 0 | 1 | 2
  readonly timeCreated: number
  referenceNumber: string
  /** 0 pending, 1 paid, 2 cancelled (VietQR documentation; the server source seen has only the first two). */
  status: 0 | 1 | 2
  /** 0 while unpaid; accounts of the merchant service hold the creation time until then (VietQR server source). */
  timePaid: number
  /** Whole VND that went back. */
  amountReversed: number
}

/** A code the host has made. It can be paid for ever, whether or not VietQR keeps a record of it. */
export interface Order {
  readonly orderId: string | null
  readonly terminalCode: string | null
  readonly bankAccount: string
  /** `mms` tells of its payment, `plain` and `bidv` only store it, `unknown` is an account VietQR does not know. */
  readonly flow: 'mms' | 'plain' | 'bidv' | 'unknown'
  /** null: the payer types it. */
  readonly amount: number | null
  readonly content: string
  readonly qrCode: string
  /** The `VQR…` text by which a payment to a plain account finds its order; the bill id of a BIDV account. */
  readonly token: string | null
  /** How many elements its `additionalData` has; null when it was left out. */
  readonly elements: number | null
  /** The id of the box that shows it and hears of its payment. */
  readonly boxId: string | null
  /** Epoch milliseconds. */
  readonly createdAt: number
  /** VietQR's record; null until it is stored, and for ever where it is not. */
  transaction: Transaction | null
  /** Resolves when storing is over, with whatever result. */
  storing: Promise<void>
}

/** How a person finds the code to pay: what stands in it, and where more than one does, on which terminal. */
export interface OrderSearch {
  readonly orderId?: string | undefined
  readonly content?: string | undefined
  readonly qrCode?: string | undefined
  readonly terminalCode?: string | undefined
}

/** About three months, as far back as a lookup reaches (VietQR server source). */
const LOOKUP_REACH_SECONDS = 92 * 86_400

/** Everything the host remembers: the codes it made and the transactions VietQR has stored. */
export class Orders {
  readonly #orders: Order[] = []
  readonly #byText = new Map<string, Order[]>()
  readonly #byReference = new Map<string, Transaction[]>()
  readonly #byOrderId = new Map<string, Transaction[]>()

  all(): readonly Order[] {
    return this.#orders
  }

  clear(): void {
    this.#orders.length = 0
    for (const index of [this.#byText, this.#byReference, this.#byOrderId]) index.clear()
  }

  /** Everything stored under a reference. */
  byReference(referenceNumber: string): readonly Transaction[] {
    return this.#byReference.get(referenceNumber) ?? []
  }

  issue(order: Order): void {
    this.#orders.push(order)
    const texts = new Set([order.qrCode, order.content, ...[order.orderId, order.token].filter(text => text !== null)])
    for (const text of texts) remember(this.#byText, text, order)
  }

  store(transaction: Transaction): void {
    if (transaction.orderId !== null) remember(this.#byOrderId, transaction.orderId, transaction)
    if (transaction.referenceNumber !== '') remember(this.#byReference, transaction.referenceNumber, transaction)
  }

  /** Marks a pending transaction as paid; only then it can be found by its reference. */
  settle(transaction: Transaction, referenceNumber: string, timePaid: number): void {
    Object.assign(transaction, { status: 1, referenceNumber, timePaid })
    remember(this.#byReference, referenceNumber, transaction)
  }

  /** The order that fits, the newest unpaid one if several do. */
  find(search: OrderSearch): Order | null {
    const given = [search.qrCode, search.orderId, search.content].filter(text => text !== undefined)
    const candidates = given.flatMap(text => [
      ...(this.#byText.get(text) ?? []),
      ...(text === search.content ? this.byToken(text) : []),
    ])
    const fitting = candidates
      .filter(order => fits(order, search))
      .reverse()
      .sort((one, other) => other.createdAt - one.createdAt)
    return fitting.find(order => !isPaid(order)) ?? fitting[0] ?? null
  }

  /** The orders whose `VQR…` text stands somewhere in a content. */
  byToken(content: string): readonly Order[] {
    const token = /VQR[0-9a-f]{10}/.exec(content)?.[0]
    const orders = token === undefined ? [] : (this.#byText.get(token) ?? [])
    return orders.filter(order => order.token === token)
  }

  /** The rows of a lookup: no filter by terminal, no order, every duplicate (VietQR server source). */
  lookup(by: 'orderId' | 'referenceNumber', value: string, bankAccount: string, now: number): readonly Transaction[] {
    const index = by === 'orderId' ? this.#byOrderId : this.#byReference
    const rows = index.get(value) ?? []
    return rows.filter(row => row.bankAccount === bankAccount && row.timeCreated > now - LOOKUP_REACH_SECONDS)
  }
}

export function isPaid(order: Order): boolean {
  return order.transaction?.status === 1
}

/** Nobody has paid it and nobody has called it off, as far as VietQR knows. */
export function isOpen(order: Order): boolean {
  return order.transaction === null || order.transaction.status === 0
}

function fits(order: Order, { orderId, content, qrCode, terminalCode }: OrderSearch): boolean {
  return (
    (orderId === undefined || order.orderId === orderId) &&
    (qrCode === undefined || order.qrCode === qrCode) &&
    (content === undefined || order.content === content || (order.token !== null && content.includes(order.token))) &&
    (terminalCode === undefined || order.terminalCode === terminalCode)
  )
}

function remember<T>(index: Map<string, T[]>, key: string, value: T): void {
  const known = index.get(key)
  if (known === undefined) index.set(key, [value])
  else known.push(value)
}
