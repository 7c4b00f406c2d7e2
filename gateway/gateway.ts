import { Alarms } from './alarms.ts'
import type { Onboarding } from './boxes/onboarding.ts'
import type { BusAddress, DeviceBus } from './broker/device-bus.ts'
import { type BusOwners, openBus } from './broker/open-bus.ts'
import { CertificateExpiry, watchedCertificates } from './certificate-expiry.ts'
import { systemClock } from './clock.ts'
import type { Settings } from './config/schema.ts'
import type { Secrets } from './config/secrets.ts'
import type { PairingDesk } from './devices/pairing-desk.ts'
import type { Presence } from './devices/presence.ts'
import type { Technician } from './devices/technician.ts'
import { GatewayEvents } from './events.ts'
import type { HostLink } from './host/host-link.ts'
import { HostSide } from './host-side.ts'
import type { Metrics } from './http/metrics.ts'
import type { Actor } from './ledger/audit-trail.ts'
import type { DecidedOrder, Ledger, TakenPayment } from './ledger/ledger.ts'
import type { Device, Order } from './ledger/model.ts'
import type { Log } from './log.ts'
import type { Decision } from './orders/decision.ts'
import type { OrderDesk } from './orders/order-desk.ts'
import type { Questions } from './payments/questions.ts'
import type { Reconciliation } from './payments/reconciliation.ts'
import { Reporter } from './reporter.ts'
import { ShopSide } from './shop-side.ts'

export interface GatewayParts {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly ledger: Ledger
  readonly metrics: Metrics
  readonly log: Log
}

/**
 * The gateway at work: its two sides, VietQR's and the shop's, and what they tell each other. Money goes one way: host link →
 * inbox → ledger → lanes → bus → device; receipts come back through the device desk into the ledger.
 */
export class Gateway {
  readonly events = new GatewayEvents()
  readonly #parts: GatewayParts
  readonly #reporter: Reporter
  readonly #host: HostSide
  readonly #shop: ShopSide
  readonly #certificates: CertificateExpiry
  #brokerOpen = false

  private constructor(parts: GatewayParts, busFor: (owners: BusOwners) => DeviceBus) {
    const { settings, log } = parts
    const clock = systemClock
    const alarms = new Alarms(settings.site, settings.alarms, clock, log)
    const reporter = new Reporter(log, parts.metrics, alarms, clock)
    this.#parts = parts
    this.#reporter = reporter
    this.#certificates = new CertificateExpiry(watchedCertificates(settings), clock, {
      lasts: (name, until) => reporter.certificateLasts(name, until),
      expiring: (name, days, text) => reporter.certificateExpiring(name, days, text),
      trouble: error => reporter.trouble(error),
    })
    const common = { ...parts, clock, reporter }
    this.#host = new HostSide(common, {
      taken: taken => this.#taken(taken),
      orderChanged: (order, told) => this.#orderChanged(order, told),
      linkChanged: (up, reason) => {
        reporter.link(up, reason)
        this.#shop.linkChanged(up)
        this.events.emit('link', up, reason)
      },
      changed: box => {
        this.#shop.boxes.changed(box)
        reporter.box(box)
        this.events.emit('box', box)
      },
      passOn: (box, text) => this.#shop.boxes.passOn(box, text),
      told: deviceIds => this.#shop.lanes.wake(deviceIds),
    })
    const { orders, questions, link } = this.#host
    this.#shop = new ShopSide(
      { ...common, events: this.events, orders, questions, link, busFor },
      { orderChanged: (order, told) => this.#orderChanged(order, told) },
    )
  }

  /** Builds a gateway; its certificates are made here where they are needed for the first time. */
  static async create(parts: GatewayParts): Promise<Gateway> {
    const busFor = await openBus(parts, systemClock)
    return new Gateway(parts, busFor)
  }

  /** Opens the local broker, takes up what an earlier process left, and begins to connect to the host. */
  async start(): Promise<void> {
    await this.#shop.pairing.start()
    await this.#shop.bus.start()
    this.#brokerOpen = true
    await this.#certificates.start()
    await this.#host.start()
    this.#shop.lanes.wake(await this.#parts.ledger.deliveries.waiting())
    await this.#host.connect()
  }

  async stop(): Promise<void> {
    await this.#host.disconnect()
    this.#reporter.stop()
    this.#certificates.stop()
    this.#host.stop()
    this.#shop.stop()
    this.#brokerOpen = false
    await this.#shop.bus.stop()
  }

  get link(): HostLink {
    return this.#host.link
  }

  get orders(): OrderDesk {
    return this.#host.orders
  }

  get questions(): Questions {
    return this.#host.questions
  }

  get onboarding(): Onboarding {
    return this.#host.onboarding
  }

  get technician(): Technician {
    return this.#shop.technician
  }

  get pairing(): PairingDesk {
    return this.#shop.pairing
  }

  get presence(): Presence {
    return this.#shop.presence
  }

  /** Where devices connect, with the ports as they were given. */
  get brokerAddresses(): readonly BusAddress[] {
    return this.#shop.bus.addresses()
  }

  get online(): ReadonlySet<string> {
    return this.presence.online
  }

  /** Why the gateway cannot do its work now, in words for an operator; empty when it can. */
  readiness(): string[] {
    const reasons = [...this.#host.readiness()]
    const { trouble } = this.#parts.ledger
    if (trouble !== null) reasons.push(`database not writable: ${trouble}`)
    const { trouble: brokerTrouble = null } = this.#shop.bus
    if (!this.#brokerOpen) reasons.push('local broker down')
    else if (brokerTrouble !== null) reasons.push(`local broker down: ${brokerTrouble}`)
    return reasons
  }

  /** The ledger cannot write, or (null) it can again. */
  ledgerTrouble(trouble: string | null): void {
    this.#reporter.ledger(trouble)
  }

  /** Listens for exactly the terminals and boxes there are. */
  refreshSubscriptions(): Promise<void> {
    return this.#host.refreshSubscriptions()
  }

  /** A person's decision about an order that stopped. */
  async decide(orderId: string, decision: Decision, reason: string, by: Actor): Promise<DecidedOrder> {
    const decided = await this.#parts.ledger.orders.decide(orderId, decision, reason, systemClock.now(), by)
    if (decided !== null && decided.refusal === null) this.#orderChanged(decided.order, decided.told)
    return decided
  }

  /** Asks the host about everything that could have been paid unseen since then (epoch milliseconds). */
  reconcile(since: number, asked: (count: number, of: number) => void): Promise<Reconciliation> {
    return this.#host.reconcile(since, asked)
  }

  /** Something was set for a device: it is told at once, or at its return. */
  deviceSet(device: Device): Promise<void> {
    return this.#shop.deviceSet(device)
  }

  #taken(taken: TakenPayment): void {
    const { outcome, entered, order } = taken
    this.#reporter.payment(taken)
    this.#shop.lanes.wake(taken.told)
    this.#host.confirmations.watch(taken)
    if (outcome !== 'duplicate' && outcome !== 'rejected') this.events.emit('payment', taken)
    if (order === null || entered === null) return
    this.#host.orderChanged(order)
    this.events.emit('order', order)
  }

  #orderChanged(order: Order | null, told: readonly string[]): void {
    this.#shop.lanes.wake(told)
    if (order === null) return
    this.#reporter.order(order)
    this.#host.orderChanged(order)
    this.events.emit('order', order)
  }
}
