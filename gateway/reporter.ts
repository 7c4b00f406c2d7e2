import type { DeadLetterReason } from '../protocol/errors.ts'
import type { AlarmKind, Alarms } from './alarms.ts'
import type { Clock } from './clock.ts'
import type { Trouble } from './devices/presence.ts'
import type { Metrics } from './http/metrics.ts'
import type { CashReport } from './ledger/box-book.ts'
import type { TakenPayment } from './ledger/ledger.ts'
import type { Box, Delivery, Order } from './ledger/model.ts'
import type { Log } from './log.ts'

/** How long the host link may be away before people are told. */
const LINK_ALARM_MS = 60_000

/** Tells those who look after the gateway what happens in it: log, metrics and alarms. Nothing is decided here. */
export class Reporter {
  readonly #log: Log
  readonly #metrics: Metrics
  readonly #alarms: Alarms
  readonly #clock: Clock
  #cancelLinkAlarm: (() => void) | null = null
  #downReason = ''

  constructor(log: Log, metrics: Metrics, alarms: Alarms, clock: Clock) {
    this.#log = log
    this.#metrics = metrics
    this.#alarms = alarms
    this.#clock = clock
  }

  stop(): void {
    this.#cancelLinkAlarm?.()
  }

  payment({ payment, outcome, reason, text, entered }: TakenPayment): void {
    if (reason !== null) this.deadLetter(reason, text)
    if (entered !== null && entered !== 'requested') this.#metrics.ordersTotal.inc({ state: entered })
    if (payment === null || outcome === 'duplicate') return
    const { source, match, amount, orderId, referenceNumber } = payment
    if (match !== null && outcome !== 'confirmed') this.#metrics.paymentsTotal.inc({ source, match })
    this.#log.info({ outcome, source, match, amount, orderId, referenceNumber }, 'payment')
  }

  order({ orderId, state, amount, terminalCode, errorCode }: Order): void {
    if (state !== 'requested') this.#metrics.ordersTotal.inc({ state })
    this.#log.info({ orderId, state, amount, terminalCode, ...(errorCode ? { errorCode } : {}) }, 'order')
  }

  /** What the machine said of its goods. */
  result({ orderId, fulfilment }: Order): void {
    this.#log.info({ orderId, fulfilment }, 'goods')
    if (fulfilment === 'unknown' || fulfilment === 'failed' || fulfilment === 'partial') {
      this.#alarm('order-unknown', orderId, `the goods of order ${orderId}: ${fulfilment}`)
    }
  }

  deadLetter(reason: DeadLetterReason, text: string): void {
    this.#metrics.deadLettersTotal.inc({ reason })
    this.#log.warn({ reason, text }, 'a message of the host could not be used')
    if (reason === 'CONFLICT') this.#alarm('conflict', text, `contradicting payments: ${text}`)
    if (reason === 'TERMINAL_MISMATCH') this.#alarm('terminal-mismatch', text, `money for another terminal: ${text}`)
  }

  /** What one of VietQR's boxes asked for cannot be had. */
  boxRefused(reason: DeadLetterReason, text: string): void {
    this.#metrics.deadLettersTotal.inc({ reason })
    this.#log.warn({ reason, text }, 'a message of a VietQR box could not be used')
  }

  /** One of VietQR's boxes has come into another state. */
  box({ deviceId, kind, terminalCode, boxId, bound }: Box): void {
    const state = bound !== null ? 'bound' : boxId !== null ? 'known' : 'registered'
    this.#log.info({ deviceId, kind, terminalCode, state }, 'box')
  }

  /** A machine has counted cash; 0 is cash it could not count. */
  cash({ deviceId, terminalCode, amount }: CashReport): void {
    this.#metrics.cashReportsTotal.inc()
    this.#log.info({ deviceId, terminalCode, amount }, 'cash')
  }

  /** From the host's message to the effect; what no message of the host began is not counted. */
  acknowledged({ kind, orderId, state, heardAt, endedAt }: Delivery): void {
    if (kind === 'vend' && (state === 'failed' || state === 'expired')) {
      this.#alarm('order-unknown', orderId ?? '', `the machine did not release the goods of order ${orderId}: ${state}`)
    }
    if (state === 'done' && endedAt !== null && heardAt !== null) {
      this.#metrics.deliverySeconds.observe(Math.max(0, endedAt - heardAt) / 1000)
    }
  }

  /** A delivery ended without its effect. */
  unheard({ deviceId, kind, orderId }: Delivery, state: 'failed' | 'expired' | 'unknown'): void {
    this.#log.warn({ deviceId, kind, orderId, state }, 'a delivery ended without its effect')
    if (kind === 'vend') this.#alarm('order-unknown', orderId ?? '', `the goods of order ${orderId}: ${state}`)
    else if (state === 'failed') this.silent(deviceId, kind)
  }

  /** A device is there and answers nothing to what it is told, however often. */
  silent(deviceId: string, about: string): void {
    this.#alarm('device-silent', deviceId, `device ${deviceId} did not answer a message (${about})`)
  }

  /** A delivery ended because its device was removed, disabled or moved: nobody is alarmed about what a person did, but for goods. */
  dropped(delivery: Delivery): void {
    const { deviceId, kind, orderId, state, error } = delivery
    if (kind === 'vend')
      this.#alarm('order-unknown', orderId ?? '', `the goods of order ${orderId}: ${state} (${error})`)
    this.#log.warn({ deviceId, kind, orderId, state, error }, 'a delivery ended without its effect')
  }

  notConfirmed(what: string, held: Order | null): void {
    const text = `VietQR did not confirm ${what} within 60 s: a person decides ("orders resolve")`
    this.#alarm(held === null ? 'payment-unconfirmed' : 'order-held', held?.orderId ?? what, text)
  }

  link(up: boolean, reason: string): void {
    this.#downReason = reason
    if (up) {
      this.#cancelLinkAlarm?.()
      this.#cancelLinkAlarm = null
      this.#log.info('the host link is up')
      return
    }
    this.#log.warn({ reason }, 'the host link is down')
    // The minute counts from the first of many reasons.
    this.#cancelLinkAlarm ??= this.#clock.after(LINK_ALARM_MS, () => {
      this.#alarm('host-down', 'host', `the host link has been down for a minute: ${this.#downReason}`)
    })
  }

  presence(deviceId: string, online: boolean): void {
    this.#log.info({ deviceId, online }, 'device')
  }

  /** A device that comes and goes, or of which there seem to be two. */
  unsteady(deviceId: string, trouble: Trouble): void {
    const text =
      trouble === 'flapping'
        ? `device ${deviceId} connects again and again: look at its network and its power supply`
        : `device ${deviceId} is thrown out by another box with the same credentials: find it, then "devices rotate ${deviceId}"`
    this.#alarm(`device-${trouble}`, deviceId, text)
  }

  /** Why the ledger cannot write, or null when it can again. */
  ledger(trouble: string | null): void {
    if (trouble === null) this.#log.info('the ledger can write again')
    else this.#alarm('disk', 'ledger', `payments cannot be stored: ${trouble}`)
  }

  /** How long a certificate lasts, epoch milliseconds. */
  certificateLasts(certificate: string, until: number): void {
    this.#metrics.certificateExpiry.set({ certificate }, until / 1000)
  }

  /** A certificate runs out within so many days. */
  certificateExpiring(name: string, days: number, text: string): void {
    this.#alarm('certificate', `${name} ${days}`, text)
  }

  trouble(error: unknown): void {
    this.#log.error({ err: error }, 'something went wrong')
  }

  #alarm(kind: AlarmKind, subject: string, text: string): void {
    this.#alarms.raise({ kind, subject, text })
  }
}
