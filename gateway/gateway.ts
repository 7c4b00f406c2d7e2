import { HostTopics } from '../protocol/vietqr/topics.ts'
import { Alarms } from './alarms.ts'
import { BoxDesk } from './boxes/box-desk.ts'
import { BoxRequests } from './boxes/box-requests.ts'
import { Onboarding } from './boxes/onboarding.ts'
import type { BusAddress, DeviceBus } from './broker/device-bus.ts'
import { type BusOwners, openBus } from './broker/open-bus.ts'
import { CertificateExpiry, watchedCertificates } from './certificate-expiry.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Settings } from './config/schema.ts'
import type { Secrets } from './config/secrets.ts'
import { Lanes } from './deliveries/lanes.ts'
import { DeviceDesk } from './devices/device-desk.ts'
import { DeviceNotes } from './devices/device-notes.ts'
import { LinkAnnouncer } from './devices/link-announcer.ts'
import { Presence } from './devices/presence.ts'
import { Technician } from './devices/technician.ts'
import { GatewayEvents } from './events.ts'
import { HostInbox } from './host/host-inbox.ts'
import type { HostLink } from './host/host-link.ts'
import { linkSettings } from './host/link-settings.ts'
import { Lookups } from './host/lookups.ts'
import { MqttSession } from './host/mqtt-session.ts'
import { SimulatedPayments } from './host/simulated-payments.ts'
import type { Metrics } from './http/metrics.ts'
import type { Actor, DecidedOrder, Ledger, TakenPayment } from './ledger/ledger.ts'
import type { Device, Order } from './ledger/model.ts'
import type { Log } from './log.ts'
import type { Decision } from './orders/decision.ts'
import { OrderDesk } from './orders/order-desk.ts'
import { Confirmations } from './payments/confirmations.ts'
import { Inquiries } from './payments/inquiries.ts'
import { PaymentSearch } from './payments/payment-search.ts'
import { Questions } from './payments/questions.ts'
import { type Reconciliation, reconcile } from './payments/reconciliation.ts'
import { Reporter } from './reporter.ts'

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
  readonly technician: Technician
  readonly presence: Presence
  readonly onboarding: Onboarding
  readonly #parts: GatewayParts
  readonly #clock: Clock = systemClock
  readonly #topics: HostTopics
  readonly #lookups: Lookups
  readonly #simulated: SimulatedPayments
  readonly #confirmations: Confirmations
  readonly #search: PaymentSearch
  readonly #bus: DeviceBus
  readonly #boxes: BoxDesk
  readonly #lanes: Lanes
  readonly #notes: DeviceNotes
  readonly #inbox: HostInbox
  readonly #inquiries: Inquiries
  readonly #reporter: Reporter
  readonly #certificates: CertificateExpiry
  readonly #announcer: LinkAnnouncer
  #brokerOpen = false

  private constructor(parts: GatewayParts, busFor: (owners: BusOwners) => DeviceBus) {
    const { settings, secrets, ledger, log } = parts
    this.#parts = parts
    const alarms = new Alarms(settings.site, settings.alarms, this.#clock, log)
    this.#reporter = new Reporter(log, parts.metrics, alarms, this.#clock)
    this.#certificates = new CertificateExpiry(watchedCertificates(settings), this.#clock, {
      lasts: (name, until) => this.#reporter.certificateLasts(name, until),
      expiring: (name, days, text) => this.#reporter.certificateExpiring(name, days, text),
      trouble: error => this.#reporter.trouble(error),
    })
    this.#topics = new HostTopics(settings.host.topics)
    this.link = new MqttSession(
      linkSettings(settings.host, secrets),
      {
        message: (topic, payload, _retained, cutFrom) => this.#inbox.take(topic, payload, cutFrom),
        linkUp: () => this.#linkChanged(''),
        linkDown: reason => this.#linkChanged(reason),
      },
      this.#clock,
      log,
    )
    const timeoutMs = settings.host.requestTimeout
    const { perSecond } = settings.payments.lookup
    const suffix = settings.host.lookupSuffix
    this.#lookups = new Lookups(this.link, this.#topics, this.#clock, { perSecond, timeoutMs, suffix })
    const allowed = settings.host.environment === 'sandbox'
    this.#simulated = new SimulatedPayments(this.link, this.#topics, this.#clock, { allowed, timeoutMs })
    const inquiries = new Inquiries(this.#lookups, ledger.payments, taken => this.#taken(taken))
    this.#inquiries = inquiries
    this.questions = new Questions(ledger, inquiries, this.#simulated, this.#clock)
    this.#confirmations = this.#makeConfirmations(inquiries)
    const { first, max } = settings.payments.lookup
    const searching = { first, max, lateGraceMs: settings.payments.lateGrace }
    this.#search = new PaymentSearch(ledger, inquiries, this.#clock, searching, error => this.#reporter.trouble(error))
    this.orders = this.#makeOrderDesk()
    this.onboarding = this.#makeOnboarding()
    const desks = {
      orders: this.orders,
      lookups: this.#lookups,
      simulated: this.#simulated,
      boxes: this.onboarding,
    }
    this.#inbox = new HostInbox(ledger, this.#topics, this.#clock, desks, {
      taken: taken => this.#taken(taken),
      deadLetter: (reason, text) => this.#reporter.deadLetter(reason, text),
      trouble: error => this.#reporter.trouble(error),
    })

    this.presence = new Presence(this.#clock, { trouble: (id, trouble) => this.#reporter.unsteady(id, trouble) })
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
        presence: (deviceId, online) => {
          this.presence.changed(deviceId, online)
          this.#reporter.presence(deviceId, online)
          this.events.emit('presence', deviceId, online)
        },
        takenOver: deviceId => this.presence.takenOver(deviceId),
        heard: deviceId => this.presence.heard(deviceId),
        returned: device => this.#returned(device),
        answered: (deviceId, answer) => {
          this.#notes.answered(deviceId, answer)
          this.events.emit('answered', deviceId, answer)
        },
        acknowledged: delivery => {
          this.presence.effect(delivery)
          this.#reporter.acknowledged(delivery)
          this.events.emit('delivered', delivery)
        },
        resulted: order => {
          this.#reporter.result(order)
          this.events.emit('order', order)
        },
        trouble: error => this.#reporter.trouble(error),
      },
    )
    this.#boxes = this.#makeBoxDesk(desk)
    this.#bus = busFor({ devices: desk, boxes: this.#boxes })
    this.#notes = new DeviceNotes(this.#bus, this.#clock, (deviceId, path) => this.#reporter.silent(deviceId, path))
    this.#announcer = new LinkAnnouncer(this.#clock, up => {
      this.#announceLink(up).catch(error => this.#reporter.trouble(error))
    })
    this.#lanes = new Lanes(
      {
        bus: this.#bus,
        deliveries: ledger.deliveries,
        clock: this.#clock,
        trouble: error => this.#reporter.trouble(error),
        ended: (delivery, state) => {
          this.#reporter.unheard(delivery, state)
          this.events.emit('delivered', { ...delivery, state })
        },
      },
      deviceId => ledger.registry.device(deviceId),
    )
    this.technician = new Technician(
      { ledger, bus: this.#bus, lanes: this.#lanes, notes: this.#notes, events: this.events, clock: this.#clock },
      {
        dropped: delivery => this.#reporter.dropped(delivery),
        goodsLost: order => this.#reporter.result(order),
        orderChanged: (order, told) => this.#orderChanged(order, told),
      },
    )
  }

  /** Builds a gateway; its certificates are made here where they are needed for the first time. */
  static async create(parts: GatewayParts): Promise<Gateway> {
    const busFor = await openBus(parts, systemClock)
    return new Gateway(parts, busFor)
  }

  /** Opens the local broker, takes up what an earlier process left, and begins to connect to the host. */
  async start(): Promise<void> {
    await this.#bus.start()
    this.#brokerOpen = true
    await this.#certificates.start()
    await this.refreshSubscriptions()
    await this.orders.start()
    await this.#search.start()
    await this.#confirmations.start()
    this.#lanes.wake(await this.#parts.ledger.deliveries.waiting())
    await this.link.start()
  }

  async stop(): Promise<void> {
    await this.link.stop()
    this.#reporter.stop()
    this.#certificates.stop()
    this.#announcer.stop()
    this.#confirmations.stop()
    this.#search.stop()
    this.orders.stop()
    this.#lanes.stop()
    this.#notes.stop()
    this.#brokerOpen = false
    await this.#bus.stop()
  }

  /** Where devices connect, with the ports as they were given. */
  get brokerAddresses(): readonly BusAddress[] {
    return this.#bus.addresses()
  }

  get online(): ReadonlySet<string> {
    return this.presence.online
  }

  /** Why the gateway cannot do its work now, in words for an operator; empty when it can. */
  readiness(): string[] {
    const reasons: string[] = []
    if (!this.link.up) reasons.push(`host link down: ${this.link.reason}`)
    for (const topic of this.link.refusedTopics) reasons.push(`the host refused the subscription to ${topic}`)
    const { trouble } = this.#parts.ledger
    if (trouble !== null) reasons.push(`database not writable: ${trouble}`)
    const { trouble: brokerTrouble = null } = this.#bus
    if (!this.#brokerOpen) reasons.push('local broker down')
    else if (brokerTrouble !== null) reasons.push(`local broker down: ${brokerTrouble}`)
    return reasons
  }

  /** The ledger cannot write, or (null) it can again. */
  ledgerTrouble(trouble: string | null): void {
    this.#reporter.ledger(trouble)
  }

  /** Listens for exactly the terminals there are. */
  async refreshSubscriptions(): Promise<void> {
    const terminals = await this.#parts.ledger.registry.terminals()
    const perTerminal = terminals.flatMap(({ terminalCode }) => [
      this.#topics.balanceChange(terminalCode),
      this.#topics.response(terminalCode),
      ...this.#lookups.topicsOf(terminalCode),
    ])
    const boxes = await this.onboarding.topics()
    await this.link.setSubscriptions([...perTerminal, ...boxes, ...this.#simulated.topics()])
  }

  /** A person's decision about an order that stopped. */
  async decide(orderId: string, decision: Decision, reason: string, by: Actor): Promise<DecidedOrder> {
    const decided = await this.#parts.ledger.orders.decide(orderId, decision, reason, this.#clock.now(), by)
    if (decided !== null && decided.refusal === null) this.#orderChanged(decided.order, decided.told)
    return decided
  }

  /** Asks the host about everything that could have been paid unseen since then (epoch milliseconds). */
  reconcile(since: number, asked: (count: number, of: number) => void): Promise<Reconciliation> {
    return reconcile(this.#parts.ledger, this.#inquiries, since, asked)
  }

  /** Something was set for a device: it is told at once, or at its return. */
  async deviceSet(device: Device): Promise<void> {
    await this.#notes.config(device)
  }

  #makeConfirmations(inquiries: Inquiries): Confirmations {
    const { ledger, settings } = this.#parts
    return new Confirmations(ledger, inquiries, this.#clock, {
      everythingWaits: settings.payments.confirm === 'always',
      notConfirmed: (what, held, told) => {
        this.#reporter.notConfirmed(what, held)
        this.#orderChanged(held, told)
      },
      trouble: error => this.#reporter.trouble(error),
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
      trouble: error => this.#reporter.trouble(error),
    })
  }

  #makeOnboarding(): Onboarding {
    const { ledger, settings, secrets } = this.#parts
    const parts = {
      boxes: ledger.boxes,
      link: this.link,
      topics: this.#topics,
      clock: this.#clock,
      boxKey: secrets.boxKey,
      requestTimeoutMs: settings.host.requestTimeout,
    }
    return new Onboarding(parts, {
      topicsChanged: () => this.refreshSubscriptions(),
      changed: box => {
        this.#boxes.changed(box)
        this.#reporter.box(box)
        this.events.emit('box', box)
      },
      passOn: (box, text) => this.#boxes.passOn(box, text),
      told: deviceIds => this.#lanes.wake(deviceIds),
      trouble: error => this.#reporter.trouble(error),
    })
  }

  #makeBoxDesk(devices: DeviceDesk): BoxDesk {
    const { ledger, settings, secrets, log } = this.#parts
    const { vietqrBoxes } = settings.broker
    const { boxesPassword: password, boxKey } = secrets
    const login =
      vietqrBoxes === undefined || password === undefined ? null : { username: vietqrBoxes.username, password }
    if (login !== null && boxKey === undefined) {
      log.warn('host.boxKeyFile is missing: no box can be paired or answered; name the file with the key VietQR issued')
    }
    const requests = new BoxRequests(ledger, this.orders, this.#clock, {
      cash: report => this.#reporter.cash(report),
      deadLetter: (reason, text) => this.#reporter.boxRefused(reason, text),
      told: deviceIds => this.#lanes.wake(deviceIds),
    })
    return new BoxDesk({ ledger, login, boxKey, clock: this.#clock, log, requests, devices })
  }

  #taken(taken: TakenPayment): void {
    const { outcome, entered } = taken
    this.#reporter.payment(taken)
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
    this.#reporter.order(order)
    this.#search.orderChanged(order)
    this.events.emit('order', order)
  }

  /** A device can be told things again: what is true now first, then what it missed. */
  async #returned(device: Device): Promise<void> {
    const { deviceId, kind } = device
    const now = this.#clock.now()
    await this.#notes.config(device)
    await this.#notes.link(deviceId, this.link)
    await this.#boxes.greet(deviceId)
    await this.#parts.ledger.deliveries.freshen(deviceId, now)
    if (kind === 'paybox' || kind === 'vietqr-box') await this.#parts.ledger.deliveries.tellPresentState(deviceId, now)
    this.events.emit('reachable', deviceId)
  }

  async #announceLink(up: boolean): Promise<void> {
    const devices = await this.#parts.ledger.registry.devices()
    const boxes = devices.filter(({ deviceId, kind }) => kind === 'soundbox' && this.online.has(deviceId))
    await Promise.all(boxes.map(box => this.#notes.announceLink(box, up, this.#parts.settings.voice)))
  }

  #linkChanged(reason: string): void {
    const { up } = this.link
    this.#reporter.link(up, reason)
    this.#search.linkChanged(up)
    this.#announcer.changed(up)
    if (up) this.onboarding.linkUp()
    this.events.emit('link', up, reason)
    for (const deviceId of this.online)
      this.#notes.link(deviceId, this.link).catch(error => this.#reporter.trouble(error))
  }
}
