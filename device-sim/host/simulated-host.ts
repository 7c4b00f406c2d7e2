/**
 * VietQR's Host-to-Device service, simulated: one MQTT client beside a broker of its own or somebody else's, which behaves as
 * one of the known builds of the server does (VietQR server source). It is as strict as that one where the gateway is
 * tolerant, and writes its messages to the byte. People who pay are played through `payments` and `boxes`, outside all of
 * VietQR's topics, and what is to go wrong is set in `faults`.
 */
import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, Accounts } from './accounts.ts'
import { BoxHandler } from './box-handler.ts'
import { Boxes } from './boxes.ts'
import { HostBroker, type HostBrokerOptions } from './broker.ts'
import { type Build, TRAITS } from './builds.ts'
import { HostConnection, type HostConnectionOptions } from './connection.ts'
import type { Handler, HostContext } from './context.ts'
import type { HostEvents } from './events.ts'
import { Faults } from './fault-state.ts'
import type { FaultValues } from './faults.ts'
import { Journal } from './journal.ts'
import { LookupHandler } from './lookup-handler.ts'
import { isOpen, type Order, Orders } from './orders.ts'
import { type Payment, Payments, type Receipt, type UnmatchedPayment } from './payments.ts'
import { QrHandler } from './qr-handler.ts'
import { Randomness } from './randomness.ts'
import { Refusal } from './refusal.ts'
import { Sender } from './sender.ts'
import { TestCallbackHandler } from './test-callback-handler.ts'

/** A broker of the host's own, or one that is there already. */
export type HostBrokerChoice =
  | ({ readonly kind: 'embedded' } & HostBrokerOptions)
  | ({ readonly kind: 'attached'; readonly url: string } & Omit<HostConnectionOptions, 'broker'>)

export interface SimulatedHostOptions {
  readonly broker: HostBrokerChoice
  readonly accounts: readonly Account[]
  /** The state of the server's source that is played; 5 is the newest known. */
  readonly build: Build
  /** What goes wrong from the start. */
  readonly faults?: Partial<FaultValues> | undefined
  /** What VietQR's boxes and its server share. Default an invented one. */
  readonly boxKey?: string | undefined
  /** Makes tokens, ids, references and everything that happens by chance the same in every run. */
  readonly seed?: number | undefined
  /** Epoch milliseconds. */
  readonly now?: (() => number) | undefined
}

/** Any bytes on any topic. */
export interface Injection {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1 | 2
  readonly retain: boolean
}

/** As long as a real one, and plainly none. */
const FAKE_BOX_KEY = 'TESTKEY-NOT-REAL-1'

/** The topics a host writes to; it is handed its own messages too, and looks at none of them. */
const OWN_TOPICS =
  /^(vietqr\/(response|responseQR|response-status|bdsd|boxId)\/|\/vqr\/handle-box\/response\/|vietqr\/transaction-callback\/response$)/

export class SimulatedHost {
  /** What happens, for whoever watches. */
  readonly events = new EventEmitter<HostEvents>()
  readonly accounts: readonly Account[]
  readonly build: Build
  readonly faults: Faults
  readonly payments: Payments
  readonly boxes: Boxes
  readonly journal: Journal
  readonly #broker: HostBroker | null
  readonly #connection: HostConnection
  readonly #sender: Sender
  readonly #handlers: readonly Handler[]
  readonly #random: Randomness
  readonly #orders = new Orders()
  readonly #stopping = new AbortController()
  /** Ends with a reset, and with it everything that was still to come. */
  #epoch = new AbortController()
  #url: string | null
  #work: Promise<void> = Promise.resolve()

  constructor(options: SimulatedHostOptions) {
    const { broker, accounts, build, boxKey = FAKE_BOX_KEY, seed, now = Date.now } = options
    this.accounts = accounts
    this.build = build
    this.#url = broker.kind === 'attached' ? broker.url : null
    this.#broker = broker.kind === 'embedded' ? new HostBroker(broker) : null
    this.#connection = this.#connectionTo(broker)
    this.#random = new Randomness(seed)
    this.faults = new Faults(options.faults, seed)
    this.journal = new Journal(this.events, now)
    this.#sender = new Sender({
      faults: this.faults,
      events: this.events,
      delay: milliseconds => this.#delay(milliseconds),
      publish: (topic, payload) => this.#connection.publish(topic, payload),
      cut: () => this.#cut(),
    })
    const context: HostContext = {
      traits: TRAITS[build],
      faults: this.faults,
      accounts: new Accounts(accounts),
      orders: this.#orders,
      random: this.#random,
      events: this.events,
      now,
      delay: milliseconds => this.#delay(milliseconds),
      publish: (as, topic, payload) => this.#sender.send(as, topic, payload),
    }
    this.payments = new Payments(context)
    this.boxes = new Boxes(context, this.payments, boxKey)
    this.#handlers = [
      new QrHandler(context),
      new LookupHandler(context),
      new BoxHandler(context, this.boxes, boxKey),
      ...(context.traits.testCallback === 'none' ? [] : [new TestCallbackHandler(context, this.payments)]),
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

  /** Whether the service hears its broker. */
  get connected(): boolean {
    return this.#connection.connected
  }

  /** Every code made so far, the oldest first. */
  orders(): readonly Order[] {
    return this.#orders.all()
  }

  /** The codes nobody has paid or called off, as far as VietQR knows. */
  openOrders(): readonly Order[] {
    return this.#orders.all().filter(isOpen)
  }

  /**
   * A person pays a code with a bank app. Resolves when everybody who is told was told.
   * @throws PaymentError
   */
  pay(payment: Payment): Promise<Receipt> {
    return this.payments.pay(payment)
  }

  /**
   * Somebody sends money that belongs to no order.
   * @throws PaymentError
   */
  payUnmatched(payment: UnmatchedPayment): Promise<Receipt> {
    return this.payments.payUnmatched(payment)
  }

  /** Publishes any bytes on any topic, past all faults. Resolves to false when the link is down. @throws Refusal */
  async inject({ topic, payload, qos, retain }: Injection): Promise<boolean> {
    const sent = await this.#connection.publish(topic, payload, { qos, retain })
    const message = { topic, payload: payload.toString() }
    if (sent) this.events.emit('injected', { ...message, retained: retain })
    else this.events.emit('lost', message)
    return sent
  }

  /** The service loses its broker and stays away; what is published meanwhile is lost to it, retained messages come again. */
  leave(milliseconds: number): void {
    this.#connection.leave(milliseconds)
  }

  /** Cuts every partner off its own broker; false at a broker that is not its own. */
  cutPartners(): boolean {
    this.#broker?.cut()
    return this.#broker !== null
  }

  /**
   * As it was at the start: no orders, payments, boxes or journal, the faults and the seed of the beginning, and what was
   * still to come never comes. Links, and retained messages at the broker, stay.
   */
  async reset(): Promise<void> {
    this.#epoch.abort()
    await this.#work
    this.#epoch = new AbortController()
    for (const part of [this.#orders, this.payments, this.boxes, this.#sender, this.journal]) part.clear()
    this.faults.reset()
    this.#random.restart()
  }

  #connectionTo(broker: HostBrokerChoice): HostConnection {
    const own = this.#broker
    const { username, password } = broker
    const attached = own === null || broker.kind === 'attached'
    return new HostConnection(
      attached
        ? { ...broker, broker: broker.kind === 'attached' ? broker.url : '' }
        : { broker: () => own.connect(), username, password },
      {
        message: (topic, payload, retained) => this.#take(topic, payload, retained),
        connected: () => this.events.emit('connected'),
        disconnected: reason => this.events.emit('disconnected', reason),
      },
    )
  }

  async #delay(milliseconds: number): Promise<void> {
    if (milliseconds <= 0) return
    await delay(milliseconds, undefined, { signal: AbortSignal.any([this.#stopping.signal, this.#epoch.signal]) })
  }

  #cut(): void {
    if (!this.cutPartners()) this.leave(0)
  }

  /** One message at a time: a slow one holds up everybody behind it. Retained ones are done like all others. */
  #take(topic: string, payload: Uint8Array, retained: boolean): void {
    const handler = this.#handlers.find(candidate => candidate.topics.test(topic))
    const message = { topic, payload: Buffer.from(payload).toString(), retained }
    if (handler === undefined) {
      if (!OWN_TOPICS.test(topic)) this.events.emit('ignored', message)
      return
    }
    this.events.emit('received', message)
    this.#work = this.#work.then(async () => {
      for (let server = 0; server < this.faults.values.instances; server++) await this.#handle(handler, topic, payload)
    })
  }

  /** Whatever goes wrong in a handler is logged by the server and told to nobody. */
  async #handle(handler: Handler, topic: string, payload: Uint8Array): Promise<void> {
    try {
      await handler.handle(topic, payload)
    } catch (error) {
      if (this.#stopping.signal.aborted || this.#epoch.signal.aborted) return
      const code = error instanceof Refusal ? error.code : null
      this.events.emit('refused', { topic, code, reason: error instanceof Error ? error.message : String(error) })
    }
  }
}
