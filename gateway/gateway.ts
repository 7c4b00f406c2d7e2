import { HostTopics } from '../protocol/vietqr/topics.ts'
import type { BusAddress, DeviceBus } from './broker/device-bus.ts'
import { openBus } from './broker/open-bus.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Settings } from './config/schema.ts'
import type { Secrets } from './config/secrets.ts'
import { Lanes } from './deliveries/lanes.ts'
import { DeviceDesk } from './devices/device-desk.ts'
import { DeviceNotes } from './devices/device-notes.ts'
import { GatewayEvents } from './events.ts'
import { HostInbox } from './host/host-inbox.ts'
import type { HostLink } from './host/host-link.ts'
import { Lookups } from './host/lookups.ts'
import { MqttSession } from './host/mqtt-session.ts'
import { SimulatedPayments } from './host/simulated-payments.ts'
import type { Metrics } from './http/metrics.ts'
import type { Ledger, TakenPayment } from './ledger/ledger.ts'
import type { Device, Order } from './ledger/model.ts'
import type { Log } from './log.ts'
import { OrderDesk } from './orders/order-desk.ts'
import { Confirmations } from './payments/confirmations.ts'
import { Inquiries } from './payments/inquiries.ts'
import { PaymentSearch } from './payments/payment-search.ts'
import { Questions } from './payments/questions.ts'

export interface GatewayParts {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly ledger: Ledger
  readonly metrics: Metrics
  readonly log: Log
}

/**
 * The gateway at work: the parts, and what they tell each other. Money goes one way: host link → inbox → ledger → lanes →
 * bus → device; receipts come back through the device desk into the ledger.
 */
export class Gateway {
  readonly events = new GatewayEvents()
  readonly orders: OrderDesk
  readonly questions: Questions
  readonly link: HostLink
  readonly #parts: GatewayParts
  readonly #clock: Clock = systemClock
  readonly #topics: HostTopics
  readonly #lookups: Lookups
  readonly #simulated: SimulatedPayments
  readonly #confirmations: Confirmations
  readonly #search: PaymentSearch
  readonly #bus: DeviceBus
  readonly #lanes: Lanes
  readonly #notes: DeviceNotes
  readonly #inbox: HostInbox
  readonly #online = new Set<string>()
  #brokerOpen = false

  private constructor(parts: GatewayParts, busFor: (owner: DeviceDesk) => DeviceBus) {
    const { settings, secrets, ledger, log } = parts
    this.#parts = parts
    this.#topics = new HostTopics(settings.host.topics)
    this.link = this.#makeLink(secrets)
    const timeoutMs = settings.host.requestTimeout
    const { perSecond } = settings.payments.lookup
    const suffix = settings.host.lookupSuffix
    this.#lookups = new Lookups(this.link, this.#topics, this.#clock, { perSecond, timeoutMs, suffix })
    const allowed = settings.host.environment === 'sandbox'
    this.#simulated = new SimulatedPayments(this.link, this.#topics, this.#clock, { allowed, timeoutMs })
    const inquiries = new Inquiries(this.#lookups, ledger.payments, taken => this.#taken(taken))
    this.questions = new Questions(ledger, inquiries, this.#simulated, this.#clock)
    this.#confirmations = this.#makeConfirmations(inquiries)
    const { first, max } = settings.payments.lookup
    const searching = { first, max, lateGraceMs: settings.payments.lateGrace }
    this.#search = new PaymentSearch(ledger, inquiries, this.#clock, searching, error => this.#trouble(error))
    this.orders = this.#makeOrderDesk()
    const desks = { orders: this.orders, lookups: this.#lookups, simulated: this.#simulated }
    this.#inbox = new HostInbox(ledger, this.#topics, this.#clock, desks, {
      taken: taken => this.#taken(taken),
      deadLetter: (reason, text, topic) => {
        parts.metrics.deadLettersTotal.inc({ reason })
        log.warn({ reason, text, topic }, 'a message of the host could not be used')
      },
      trouble: error => this.#trouble(error),
    })

    const desk = new DeviceDesk(
      {
        ledger,
        orders: this.orders,
        questions: this.questions,
        clock: this.#clock,
        lanes: () => this.#lanes,
        notes: () => this.#notes,
      },
      {
        presence: (deviceId, online) => this.#presence(deviceId, online),
        returned: device => this.#returned(device),
        acknowledged: delivery => {
          this.events.emit('delivered', delivery)
          if (delivery.state !== 'done' || delivery.endedAt === null) return
          parts.metrics.deliverySeconds.observe(Math.max(0, delivery.endedAt - delivery.createdAt) / 1000)
        },
        resulted: order => this.events.emit('order', order),
        trouble: error => this.#trouble(error),
      },
    )
    this.#bus = busFor(desk)
    this.#notes = new DeviceNotes(this.#bus, this.#clock)
    this.#lanes = new Lanes(
      {
        bus: this.#bus,
        deliveries: ledger.deliveries,
        clock: this.#clock,
        trouble: error => this.#trouble(error),
        ended: (delivery, state) => {
          const { deviceId, kind, orderId } = delivery
          log.warn({ deviceId, kind, orderId, state }, 'a delivery ended without its effect')
          this.events.emit('delivered', { ...delivery, state })
        },
      },
      deviceId => ledger.registry.device(deviceId),
    )
  }

  /** Builds a gateway; its certificates are made here where they are needed for the first time. */
  static async create(parts: GatewayParts): Promise<Gateway> {
    const busFor = await openBus(parts.settings, parts.log)
    return new Gateway(parts, busFor)
  }

  /** Opens the local broker, takes up what an earlier process left, and begins to connect to the host. */
  async start(): Promise<void> {
    await this.#bus.start()
    this.#brokerOpen = true
    await this.refreshSubscriptions()
    await this.orders.start()
    await this.#search.start()
    await this.#confirmations.start()
    this.#lanes.wake(await this.#parts.ledger.deliveries.waiting())
    await this.link.start()
  }

  async stop(): Promise<void> {
    await this.link.stop()
    this.#confirmations.stop()
    this.#search.stop()
    this.orders.stop()
    this.#lanes.stop()
    this.#brokerOpen = false
    await this.#bus.stop()
  }

  /** Where devices connect, with the ports as they were given. */
  get brokerAddresses(): readonly BusAddress[] {
    return this.#bus.addresses()
  }

  get online(): ReadonlySet<string> {
    return this.#online
  }

  /** Why the gateway cannot do its work now, in words for an operator; empty when it can. */
  readiness(): string[] {
    const reasons: string[] = []
    if (!this.link.up) reasons.push(`host link down: ${this.link.reason}`)
    for (const topic of this.link.refusedTopics) reasons.push(`the host refused the subscription to ${topic}`)
    const { trouble } = this.#parts.ledger
    if (trouble !== null) reasons.push(`database not writable: ${trouble}`)
    if (!this.#brokerOpen) reasons.push('local broker down')
    return reasons
  }

  /** Listens for exactly the terminals there are. */
  async refreshSubscriptions(): Promise<void> {
    const terminals = await this.#parts.ledger.registry.terminals()
    const perTerminal = terminals.flatMap(({ terminalCode }) => [
      this.#topics.balanceChange(terminalCode),
      this.#topics.response(terminalCode),
      ...this.#lookups.topicsOf(terminalCode),
    ])
    await this.link.setSubscriptions([...perTerminal, ...this.#simulated.topics()])
  }

  /** A device was removed: it is cut off and forgotten. */
  dropDevice(deviceId: string): void {
    this.#bus.disconnect(deviceId)
    this.#lanes.forget(deviceId)
  }

  #makeLink(secrets: Secrets): HostLink {
    const { host } = this.#parts.settings
    const settings = {
      url: host.url,
      clientId: host.clientId,
      clean: host.session === 'clean',
      keepaliveSeconds: host.keepalive / 1000,
      ...(host.username === undefined ? {} : { username: host.username }),
      ...(secrets.hostPassword === undefined ? {} : { password: secrets.hostPassword }),
      ...(secrets.hostCa === undefined ? {} : { ca: secrets.hostCa }),
      ...(secrets.hostCert === undefined ? {} : { cert: secrets.hostCert }),
      ...(secrets.hostKey === undefined ? {} : { key: secrets.hostKey }),
    }
    const owner = {
      message: (topic: string, payload: Uint8Array) => this.#inbox.take(topic, payload),
      linkUp: () => this.#linkChanged(''),
      linkDown: (reason: string) => this.#linkChanged(reason),
    }
    return new MqttSession(settings, owner, this.#clock, this.#parts.log)
  }

  #makeConfirmations(inquiries: Inquiries): Confirmations {
    const { ledger, log, settings } = this.#parts
    return new Confirmations(ledger, inquiries, this.#clock, {
      everythingWaits: settings.payments.confirm === 'always',
      notConfirmed: (what, held, told) => {
        log.error({ what, orderId: held?.orderId }, 'VietQR did not confirm this payment within 60 s: a person decides')
        this.#orderChanged(held, told)
      },
      trouble: error => this.#trouble(error),
    })
  }

  #makeOrderDesk(): OrderDesk {
    const { ledger, settings } = this.#parts
    const options = {
      orderTtlMs: settings.payments.orderTtl,
      requestTimeoutMs: settings.host.requestTimeout,
      additionalDataKey: settings.host.additionalDataKey,
      qrCheck: settings.host.qrCheck,
    }
    return new OrderDesk(ledger, this.link, this.#topics, this.#clock, options, {
      orderChanged: (order, told) => this.#orderChanged(order, told),
      trouble: error => this.#trouble(error),
    })
  }

  #taken(taken: TakenPayment): void {
    const { payment, outcome, entered } = taken
    const { metrics, log } = this.#parts
    if (entered !== null && entered !== 'requested') metrics.ordersTotal.inc({ state: entered })
    if (payment !== null && outcome !== 'duplicate') {
      const { source, match, amount, orderId, referenceNumber } = payment
      if (match !== null && outcome !== 'confirmed') metrics.paymentsTotal.inc({ source, match })
      log.info({ outcome, source, match, amount, orderId, referenceNumber }, 'payment')
    }
    this.#lanes.wake(taken.told)
    this.#confirmations.watch(taken)
    if (outcome !== 'duplicate' && outcome !== 'rejected') this.events.emit('payment', taken)
    if (taken.order !== null && entered !== null) {
      this.#search.orderChanged(taken.order)
      this.events.emit('order', taken.order)
    }
  }

  #orderChanged(order: Order | null, told: readonly string[]): void {
    this.#lanes.wake(told)
    if (order === null) return
    const { orderId, state, amount, terminalCode, errorCode } = order
    if (state !== 'requested') this.#parts.metrics.ordersTotal.inc({ state })
    this.#parts.log.info({ orderId, state, amount, terminalCode, ...(errorCode ? { errorCode } : {}) }, 'order')
    this.#search.orderChanged(order)
    this.events.emit('order', order)
  }

  #presence(deviceId: string, online: boolean): void {
    if (online) this.#online.add(deviceId)
    else this.#online.delete(deviceId)
    this.#parts.log.info({ deviceId, online }, 'device')
    this.events.emit('presence', deviceId, online)
  }

  /** A device can be told things again: what is true now first, then what it missed. */
  async #returned(device: Device): Promise<void> {
    const { deviceId, kind } = device
    const now = this.#clock.now()
    await this.#notes.config(deviceId)
    await this.#notes.link(deviceId, this.link)
    await this.#parts.ledger.deliveries.freshen(deviceId, now)
    if (kind === 'paybox') await this.#parts.ledger.deliveries.tellPresentState(deviceId, now)
    this.#lanes.returned(deviceId)
    this.events.emit('reachable', deviceId)
  }

  #linkChanged(reason: string): void {
    const { up } = this.link
    if (up) this.#parts.log.info('the host link is up')
    else this.#parts.log.warn({ reason }, 'the host link is down')
    this.#search.linkChanged(up)
    this.events.emit('link', up, reason)
    for (const deviceId of this.#online) this.#notes.link(deviceId, this.link).catch(error => this.#trouble(error))
  }

  #trouble(error: unknown): void {
    this.#parts.log.error({ err: error }, 'something went wrong')
  }
}
