/**
 * VietQR's Host-to-Device service, simulated: one MQTT client beside a broker of its own or somebody else's, which behaves as
 * the newest known build of the server does (VietQR server source). It is as strict as that one where the gateway is
 * tolerant, and writes its messages to the byte. People who pay are played through `pay`, outside all of VietQR's topics.
 */
import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, Accounts } from './accounts.ts'
import { HostBroker, type HostBrokerOptions } from './broker.ts'
import { HostConnection, type HostConnectionOptions } from './connection.ts'
import type { Handler, HostContext } from './context.ts'
import type { HostEvents } from './events.ts'
import { LookupHandler } from './lookup-handler.ts'
import { isPaid, type Order, Orders } from './orders.ts'
import { type Payment, Payments, type Receipt, type UnmatchedPayment } from './payments.ts'
import { QrHandler } from './qr-handler.ts'
import { Randomness } from './randomness.ts'
import { Refusal } from './refusal.ts'
import { TestCallbackHandler } from './test-callback-handler.ts'

/** A broker of the host's own, or one that is there already. */
export type HostBrokerChoice =
  | ({ readonly kind: 'embedded' } & HostBrokerOptions)
  | ({ readonly kind: 'attached'; readonly url: string } & Omit<HostConnectionOptions, 'broker'>)

export interface SimulatedHostOptions {
  readonly broker: HostBrokerChoice
  readonly accounts: readonly Account[]
  /** The state of the server's source that is played; 5 is the newest known. */
  readonly build: 5
  /** Milliseconds from the answer to a plain account's QR request until the order can be looked up. Default 20. */
  readonly storeDelayMs?: number | undefined
  /** Milliseconds the bank takes for each code of its merchant service; everybody else waits. Default 0. */
  readonly bankDelayMs?: number | undefined
  /** Makes tokens, ids and references the same in every run. */
  readonly seed?: number | undefined
  /** Epoch milliseconds. */
  readonly now?: (() => number) | undefined
}

const STORE_DELAY_MS = 20

export class SimulatedHost {
  /** What happens, for whoever watches. */
  readonly events = new EventEmitter<HostEvents>()
  readonly accounts: readonly Account[]
  readonly #broker: HostBroker | null
  readonly #connection: HostConnection
  readonly #handlers: readonly Handler[]
  readonly #orders = new Orders()
  readonly #payments: Payments
  readonly #stopping = new AbortController()
  #url: string | null
  #work: Promise<void> = Promise.resolve()

  constructor(options: SimulatedHostOptions) {
    const { broker } = options
    const { username, password } = broker
    this.accounts = options.accounts
    this.#url = broker.kind === 'attached' ? broker.url : null
    const own = broker.kind === 'embedded' ? new HostBroker(broker) : null
    this.#broker = own
    this.#connection = new HostConnection(
      own === null || broker.kind === 'attached'
        ? { ...broker, broker: this.#url ?? '' }
        : { broker: () => own.connect(), username, password },
      {
        message: (topic, payload, retained) => this.#take(topic, payload, retained),
        connected: () => this.events.emit('connected'),
        disconnected: reason => this.events.emit('disconnected', reason),
      },
    )
    const context: HostContext = {
      accounts: new Accounts(options.accounts),
      orders: this.#orders,
      random: new Randomness(options.seed),
      events: this.events,
      now: options.now ?? Date.now,
      delay: async milliseconds => {
        if (milliseconds > 0) await delay(milliseconds, undefined, { signal: this.#stopping.signal })
      },
      publish: async (as, topic, payload) => {
        const published = await this.#connection.publish(topic, payload)
        this.events.emit(published ? as : 'lost', { topic, payload })
        return published
      },
    }
    this.#payments = new Payments(context)
    this.#handlers = [
      new QrHandler(context, { store: options.storeDelayMs ?? STORE_DELAY_MS, bank: options.bankDelayMs ?? 0 }),
      new LookupHandler(context),
      new TestCallbackHandler(context, this.#payments),
    ]
  }

  /** Opens the broker and connects to it; rejects when that cannot be done, and nothing is left open then. */
  async start(): Promise<void> {
    try {
      if (this.#broker !== null) this.#url = await this.#broker.start()
      await this.#connection.start()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** For good: a host that has stopped is not started again. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#work
    await this.#connection.stop()
    await this.#broker?.stop()
  }

  /** Where partners connect; known once started. */
  get url(): string {
    if (this.#url === null) throw new Error('the simulated host has no address before it is started')
    return this.#url
  }

  /** Every code made so far, the oldest first. */
  orders(): readonly Order[] {
    return this.#orders.all()
  }

  /** The codes nobody has paid, as far as VietQR knows. */
  openOrders(): readonly Order[] {
    return this.#orders.all().filter(order => !isPaid(order))
  }

  /**
   * A person pays a code with a bank app. Resolves when everybody who is told was told.
   * @throws PaymentError
   */
  pay(payment: Payment): Promise<Receipt> {
    return this.#payments.pay(payment)
  }

  /**
   * Somebody sends money that belongs to no order.
   * @throws PaymentError
   */
  payUnmatched(payment: UnmatchedPayment): Promise<Receipt> {
    return this.#payments.payUnmatched(payment)
  }

  /** One message at a time: a slow one holds up everybody behind it. Retained ones are done like all others. */
  #take(topic: string, payload: Uint8Array, retained: boolean): void {
    const handler = this.#handlers.find(candidate => candidate.topics.test(topic))
    if (handler === undefined) return
    this.events.emit('received', { topic, payload: Buffer.from(payload).toString(), retained })
    this.#work = this.#work.then(() => this.#handle(handler, topic, payload))
  }

  /** Whatever goes wrong in a handler is logged by the server and told to nobody. */
  async #handle(handler: Handler, topic: string, payload: Uint8Array): Promise<void> {
    try {
      await handler.handle(topic, payload)
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      const code = error instanceof Refusal ? error.code : null
      this.events.emit('refused', { topic, code, reason: error instanceof Error ? error.message : String(error) })
    }
  }
}
