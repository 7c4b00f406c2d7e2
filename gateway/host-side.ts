import { HostTopics } from '../protocol/vietqr/topics.ts'
import { Onboarding, type OnboardingOwner } from './boxes/onboarding.ts'
import type { Clock } from './clock.ts'
import type { Settings } from './config/schema.ts'
import type { Secrets } from './config/secrets.ts'
import { HostInbox } from './host/host-inbox.ts'
import type { HostLink } from './host/host-link.ts'
import { linkSettings } from './host/link-settings.ts'
import { Lookups } from './host/lookups.ts'
import { MqttSession } from './host/mqtt-session.ts'
import { SimulatedPayments } from './host/simulated-payments.ts'
import type { Ledger, TakenPayment } from './ledger/ledger.ts'
import type { Order } from './ledger/model.ts'
import type { Log } from './log.ts'
import { OrderDesk } from './orders/order-desk.ts'
import { Confirmations } from './payments/confirmations.ts'
import { Inquiries } from './payments/inquiries.ts'
import { PaymentSearch } from './payments/payment-search.ts'
import { Questions } from './payments/questions.ts'
import { type Reconciliation, reconcile } from './payments/reconciliation.ts'
import type { Reporter } from './reporter.ts'

export interface HostSideParts {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly ledger: Ledger
  readonly log: Log
  readonly clock: Clock
  readonly reporter: Reporter
}

export interface HostSideOwner extends Pick<OnboardingOwner, 'changed' | 'passOn' | 'told'> {
  /** Something about money was written down, or was known already. */
  taken(taken: TakenPayment): void
  /** An order stands differently, or could not be found any more (null); devices have been told something. */
  orderChanged(order: Order | null, told: readonly string[]): void
  /** The line to VietQR came up, or went down for this reason. */
  linkChanged(up: boolean, reason: string): void
}

/**
 * Everything that has to do with VietQR: the link, what comes in over it, what is asked, the life of orders and the search for
 * money nobody told of. What it means for the shop is the owner's business.
 */
export class HostSide {
  readonly link: HostLink
  readonly orders: OrderDesk
  readonly questions: Questions
  readonly onboarding: Onboarding
  readonly confirmations: Confirmations
  readonly #ledger: Ledger
  readonly #topics: HostTopics
  readonly #lookups: Lookups
  readonly #simulated: SimulatedPayments
  readonly #inquiries: Inquiries
  readonly #search: PaymentSearch
  readonly #inbox: HostInbox

  constructor(parts: HostSideParts, owner: HostSideOwner) {
    const { settings, secrets, ledger, log, clock, reporter } = parts
    this.#ledger = ledger
    this.#topics = new HostTopics(settings.host.topics)
    const trouble = (error: unknown): void => reporter.trouble(error)
    const linkChanged = (reason: string): void => {
      const { up } = this.link
      this.#search.linkChanged(up)
      if (up) this.onboarding.linkUp()
      owner.linkChanged(up, reason)
    }
    this.link = new MqttSession(
      linkSettings(settings.host, secrets),
      {
        message: (topic, payload, _retained, cutFrom) => this.#inbox.take(topic, payload, cutFrom),
        linkUp: () => linkChanged(''),
        linkDown: linkChanged,
      },
      clock,
      log,
    )
    const timeoutMs = settings.host.requestTimeout
    const { perSecond, first, max } = settings.payments.lookup
    const suffix = settings.host.lookupSuffix
    this.#lookups = new Lookups(this.link, this.#topics, clock, { perSecond, timeoutMs, suffix })
    const allowed = settings.host.environment === 'sandbox'
    this.#simulated = new SimulatedPayments(this.link, this.#topics, clock, { allowed, timeoutMs })
    this.#inquiries = new Inquiries(this.#lookups, ledger.payments, taken => owner.taken(taken))
    this.questions = new Questions(ledger, this.#inquiries, this.#simulated, clock)
    this.confirmations = new Confirmations(ledger, this.#inquiries, clock, {
      everythingWaits: settings.payments.confirm === 'always',
      notConfirmed: (what, held, told) => {
        reporter.notConfirmed(what, held)
        owner.orderChanged(held, told)
      },
      trouble,
    })
    const searching = { first, max, lateGraceMs: settings.payments.lateGrace }
    this.#search = new PaymentSearch(ledger, this.#inquiries, clock, searching, trouble)
    this.orders = new OrderDesk(ledger, this.link, this.#topics, clock, orderOptions(settings), {
      orderChanged: (order, told) => owner.orderChanged(order, told),
      trouble,
    })
    const { boxKey } = secrets
    const boxes = { boxes: ledger.boxes, link: this.link, topics: this.#topics, clock, boxKey }
    this.onboarding = new Onboarding(
      { ...boxes, requestTimeoutMs: timeoutMs },
      {
        topicsChanged: () => this.refreshSubscriptions(),
        changed: box => owner.changed(box),
        passOn: (box, text) => owner.passOn(box, text),
        told: deviceIds => owner.told(deviceIds),
        trouble,
      },
    )
    const desks = { orders: this.orders, lookups: this.#lookups, simulated: this.#simulated, boxes: this.onboarding }
    this.#inbox = new HostInbox(ledger, this.#topics, clock, desks, {
      taken: taken => owner.taken(taken),
      deadLetter: (reason, text) => reporter.deadLetter(reason, text),
      trouble,
    })
  }

  /** Takes up what an earlier process left; the link is opened after it, by `connect`. */
  async start(): Promise<void> {
    await this.refreshSubscriptions()
    await this.orders.start()
    await this.#search.start()
    await this.confirmations.start()
  }

  connect(): Promise<void> {
    return this.link.start()
  }

  async disconnect(): Promise<void> {
    await this.link.stop()
  }

  stop(): void {
    this.confirmations.stop()
    this.#search.stop()
    this.orders.stop()
  }

  /** An order stands differently: it is looked for sooner, later, or not any more. */
  orderChanged(order: Order): void {
    this.#search.orderChanged(order)
  }

  /** Listens for exactly the terminals and boxes there are. */
  async refreshSubscriptions(): Promise<void> {
    const terminals = await this.#ledger.registry.terminals()
    const perTerminal = terminals.flatMap(({ terminalCode }) => [
      this.#topics.balanceChange(terminalCode),
      this.#topics.response(terminalCode),
      ...this.#lookups.topicsOf(terminalCode),
    ])
    const boxes = await this.onboarding.topics()
    await this.link.setSubscriptions([...perTerminal, ...boxes, ...this.#simulated.topics()])
  }

  /** Asks about everything that could have been paid unseen since then (epoch milliseconds). */
  reconcile(since: number, asked: (count: number, of: number) => void): Promise<Reconciliation> {
    return reconcile(this.#ledger, this.#inquiries, since, asked)
  }

  /** Why VietQR cannot be heard in full now, in words. */
  readiness(): readonly string[] {
    const { up, reason, refusedTopics } = this.link
    const refused = refusedTopics.map(topic => `the host refused the subscription to ${topic}`)
    return up ? refused : [`host link down: ${reason}`, ...refused]
  }
}

function orderOptions({ payments, host }: Settings) {
  return {
    orderTtlMs: payments.orderTtl,
    requestTimeoutMs: host.requestTimeout,
    additionalDataKey: host.additionalDataKey,
    qrCheck: host.qrCheck,
  }
}
