import { setTimeout as delay } from 'node:timers/promises'
import { balanceChange, type Fields, paidRow } from '../integration/host-messages.ts'
import type { Random } from '../support/random.ts'
import type { Books, ToldPayment } from './books.ts'
import { Violation } from './proof.ts'
import { type ChaosShop, COUNTERS, MACHINES, SHOP } from './shop.ts'

/** A hall leaves two seconds between two calls, and twice that when one is called again after a crash: no more tickets are drawn. */
const BETWEEN_TICKETS_MS = 4000

/** The longest that a customer may take who has begun. */
const LAST_CUSTOMER_MS = 60_000

/**
 * The customers of a chaos shop and their bank. Whatever they do is written down as facts that must come about: each sum is
 * asked for only once, so what a box says names the payment it is about.
 */
export class Trade implements Books {
  /** What has to be noticed in the shop, once each. */
  readonly facts = new Set<string>()
  readonly payments = new Map<string, ToldPayment>()
  /** Orders that got their QR, and were paid in full. */
  paidOrders = 0
  /** Orders that were refused or got no QR while the gateway was away. */
  refusedOrders = 0
  readonly #shop: ChaosShop
  readonly #random: Random
  readonly #prefix: string
  /** Orders that wait for their answer. */
  readonly #asked = new Set<string>()
  #sums = 0
  #references = 0
  #tickets = 0
  /** Monotonic: when the next ticket may be drawn. */
  #ticketAt = 0
  #closing = new AbortController()
  readonly #loops: Promise<void>[] = []

  /** References begin with `prefix`, which is different for each trade of a shop. */
  constructor(shop: ChaosShop, random: Random, prefix = 'FT') {
    this.#shop = shop
    this.#random = random
    this.#prefix = prefix
  }

  /** Begins to sell: payments without an order all the time, orders of machines and tickets beside them. */
  open(paymentsPerSecond: number): void {
    this.#closing = new AbortController()
    const pause = 2000 / paymentsPerSecond
    this.#repeat(() => this.payWithoutOrder(), pause)
    for (const machine of MACHINES) this.#repeat(() => this.buy(machine), 400)
    this.#repeat(() => this.#nextTicket(), 0)
  }

  /** No more customers; resolves when those who have begun are done. @throws Violation when one is never answered */
  async close(): Promise<void> {
    this.#closing.abort()
    const patience = new AbortController()
    const tooLate = delay(LAST_CUSTOMER_MS, undefined, { signal: patience.signal, ref: false }).then(() => {
      throw new Violation([...this.#asked].map(order => `never answered: ${order}`))
    })
    await Promise.race([Promise.all(this.#loops.splice(0)), tooLate]).finally(() => patience.abort())
  }

  /** A payment nobody ordered; now and then one that is not settled yet, or money that leaves the account. */
  async payWithoutOrder(): Promise<void> {
    const amount = this.#newSum()
    const reference = this.#reference()
    if (this.#random.chance(0.05))
      return this.#tell({ reference, amount, direction: 'out', settled: true, orderId: null })
    this.#mustBeNoticed(reference, `says paid ${amount}`)
    const payment = { reference, amount, direction: 'in', settled: true, orderId: null } as const
    if (this.#random.chance(0.1)) await this.#tell(payment, { status: 0 })
    else return this.#tell(payment)
    await this.#tell(payment)
  }

  /** An order of a machine, paid in one sum or in two. */
  async buy(machine: string): Promise<void> {
    const amount = this.#newSum()
    const orderId = await this.#order(machine, { amount, item: 'A1' })
    if (orderId === null) return
    this.facts.add(`${machine} releases ${orderId}`)
    await this.pay(orderId, amount)
  }

  /** A ticket of the next counter, when the hall has had time for the last one, also that of an earlier opening. */
  async #nextTicket(): Promise<void> {
    const { signal } = this.#closing
    await delay(Math.max(0, this.#ticketAt - performance.now()), undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    this.#ticketAt = performance.now() + BETWEEN_TICKETS_MS
    this.#tickets += 1
    await this.buyTicket(COUNTERS[this.#tickets % COUNTERS.length] ?? COUNTERS[0])
  }

  /** An order of the till whose customer is called to a counter. */
  async buyTicket(counter: string): Promise<void> {
    const amount = this.#newSum()
    const ticket = String(this.#sums)
    const orderId = await this.#order('pos-1', { amount, ticket, counter })
    if (orderId === null) return
    this.facts.add(`call-${counter} calls ${ticket}`)
    await this.pay(orderId, amount)
  }

  /** Pays an order in full. The bank stores what it is about to tell. */
  async pay(orderId: string, amount: number): Promise<void> {
    const first = this.#random.chance(0.3) ? amount - this.#random.int(1, 900) : amount
    this.paidOrders += 1
    await this.#payPart(orderId, first, first === amount ? `says paid ${amount}` : `says short ${first}`)
    if (first < amount) await this.#payPart(orderId, amount - first, `says paid ${amount}`)
  }

  async #payPart(orderId: string, amount: number, said: string): Promise<void> {
    const reference = this.#reference()
    this.#mustBeNoticed(reference, said)
    const row = paidRow(orderId, { referenceNumber: reference, amount, content: 'CAPHE' })
    this.#shop.stored.set(orderId, [...(this.#shop.stored.get(orderId) ?? []), row])
    await this.#tell({ reference, amount, direction: 'in', settled: true, orderId })
  }

  async #order(device: string, wish: { amount: number; item?: string; ticket?: string; counter?: string }) {
    const asked = `the order of ${wish.amount} by ${device}`
    this.#asked.add(asked)
    const answer = await this.#shop.device(device).order(wish)
    this.#asked.delete(asked)
    if (answer.state === 'awaiting_payment' && answer.orderId !== undefined) return answer.orderId
    this.refusedOrders += 1
    return null
  }

  #mustBeNoticed(reference: string, said: string): void {
    this.facts.add(`sound-1 ${said}`)
    this.facts.add(`sound-2 ${said}`)
    this.facts.add(`pos-1 shows ${reference}`)
  }

  async #tell(payment: ToldPayment, more: Fields = {}): Promise<void> {
    const { reference, amount, direction, orderId } = payment
    const change = balanceChange({
      bankAccount: SHOP.account,
      referenceNumber: reference,
      amount,
      transType: direction === 'in' ? 'C' : 'D',
      ...(orderId === null ? {} : { orderId }),
      ...more,
    })
    this.payments.set(reference, payment)
    await this.#shop.world.host.tellBalanceChange(SHOP.code, change)
  }

  #newSum(): number {
    this.#sums += 1
    return this.#sums * 1000
  }

  #reference(): string {
    this.#references += 1
    return `${this.#prefix}${String(this.#references).padStart(7, '0')}`
  }

  #repeat(step: () => Promise<void>, spreadMs: number, leastMs = 0): void {
    const random = this.#random.fork()
    const { signal } = this.#closing
    const loop = async (): Promise<void> => {
      while (!signal.aborted) {
        await step()
        await delay(leastMs + random.next() * spreadMs, undefined, { signal }).catch(() => {})
      }
    }
    const selling = loop()
    // Told by `close`; where a proof ends before that, its own reason is the one that counts.
    selling.catch(() => {})
    this.#loops.push(selling)
  }
}
