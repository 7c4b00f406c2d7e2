import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { DeadLetterReason } from '../../protocol/errors.ts'
import type { PaymentMatch, ToldOrderState } from '../../protocol/local/down.ts'

/** Where the values of gauges live, asked at every scrape. A gauge without a source is set by hand. */
export interface GaugeSources {
  readonly hostConnected?: () => boolean
  readonly deliveriesPending?: () => number | Promise<number>
  readonly devicesOnline?: () => number | Promise<number>
}

/** From a speaker on the LAN (a few hundredths of a second) to a box that was away for minutes; in seconds. */
const DELIVERY_BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300]
/** From a fast SSD to a dying memory card; in seconds. */
const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]

const SOURCES = ['bdsd', 'lookup', 'callback'] as const
const MATCHES = ['exact', 'under', 'over', 'late', 'none'] as const satisfies readonly PaymentMatch[]
const STATES = [
  'awaiting_payment',
  'paid',
  'underpaid',
  'expired',
  'late',
  'cancelled',
  'failed',
  'held',
] as const satisfies readonly ToldOrderState[]
const REASONS = [
  'MALFORMED',
  'CONFLICT',
  'TERMINAL_MISMATCH',
  'UNMATCHED_ANSWER',
] as const satisfies readonly DeadLetterReason[]

/** What the gateway counts, in a registry of its own. Names and labels are part of the contract with dashboards. */
export class Metrics {
  readonly #registry: Registry
  /** 1 while every subscription at the host is acknowledged, else 0. */
  readonly hostConnected: Gauge
  readonly paymentsTotal: Counter<'source' | 'match'>
  /** How often an order came into a state. */
  readonly ordersTotal: Counter<'state'>
  readonly deliveriesPending: Gauge
  /** Seconds from the host's message to the device's `done`. */
  readonly deliverySeconds: Histogram
  readonly deadLettersTotal: Counter<'reason'>
  readonly devicesOnline: Gauge
  /** Reports of cash by VietQR's vending boxes, each insertion once. */
  readonly cashReportsTotal: Counter
  /** Seconds a transaction that holds money takes to be on disk. */
  readonly commitSeconds: Histogram
  /** Epoch seconds of the last moment of a certificate. */
  readonly certificateExpiry: Gauge<'certificate'>

  constructor(registry: Registry, sources: GaugeSources) {
    const registers = [registry]
    this.#registry = registry
    this.hostConnected = gauge(
      registry,
      'vietqr_host_connected',
      'Whether the link to the host is up: 1 or 0',
      sources.hostConnected,
    )
    this.paymentsTotal = new Counter({
      name: 'vietqr_payments_total',
      help: 'Payments recorded, by the path they came and how they match what was asked',
      labelNames: ['source', 'match'],
      registers,
    })
    this.ordersTotal = new Counter({
      name: 'vietqr_orders_total',
      help: 'How often an order came into a state',
      labelNames: ['state'],
      registers,
    })
    this.deliveriesPending = gauge(
      registry,
      'vietqr_deliveries_pending',
      'Deliveries to devices that have not ended',
      sources.deliveriesPending,
    )
    this.deliverySeconds = new Histogram({
      name: 'vietqr_delivery_seconds',
      help: 'Seconds from the message of the host to the effect at the device',
      buckets: DELIVERY_BUCKETS,
      registers,
    })
    this.deadLettersTotal = new Counter({
      name: 'vietqr_dead_letters_total',
      help: 'Messages received that could not be used',
      labelNames: ['reason'],
      registers,
    })
    this.devicesOnline = gauge(
      registry,
      'vietqr_devices_online',
      'Devices with an open connection',
      sources.devicesOnline,
    )
    this.certificateExpiry = new Gauge({
      name: 'vietqr_certificate_expiry_timestamp_seconds',
      help: 'When a certificate runs out: of the local broker, its CA, and those named for the host',
      labelNames: ['certificate'],
      registers,
    })
    this.cashReportsTotal = new Counter({
      name: 'vietqr_cash_reports_total',
      help: 'Insertions of cash that VietQR vending boxes reported',
      registers,
    })
    this.commitSeconds = new Histogram({
      name: 'vietqr_commit_seconds',
      help: 'Seconds until a transaction is on disk',
      buckets: COMMIT_BUCKETS,
      registers,
    })
  }

  /** Every metric in the text format of Prometheus. */
  async text(): Promise<string> {
    // prom-client writes Nan; the format knows only NaN.
    return (await this.#registry.metrics()).replaceAll(/ Nan$/gm, ' NaN')
  }

  get contentType(): string {
    return this.#registry.contentType
  }
}

/** The delay of the event loop is measured by waking up: ten times a second is enough, a hundred (the default) is never at rest. */
const LAG_SAMPLED_MS = 100

/**
 * All metrics, with the usual ones of the process. The usual labels begin at 0, because the first increase of a series
 * that was not there before is invisible to `rate()`.
 */
export function createMetrics(sources: GaugeSources = {}): Metrics {
  const registry = new Registry()
  const metrics = new Metrics(registry, sources)
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_SAMPLED_MS })
  for (const source of SOURCES) for (const match of MATCHES) metrics.paymentsTotal.inc({ source, match }, 0)
  for (const state of STATES) metrics.ordersTotal.inc({ state }, 0)
  for (const reason of REASONS) metrics.deadLettersTotal.inc({ reason }, 0)
  return metrics
}

function gauge(
  registry: Registry,
  name: string,
  help: string,
  source: (() => number | boolean | Promise<number>) | undefined,
): Gauge {
  if (source === undefined) return new Gauge({ name, help, registers: [registry] })
  return new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      try {
        this.set(Number(await source()))
      } catch {
        // One source that fails, such as a locked database, must not cost the operator all the other metrics.
        this.set(Number.NaN)
      }
    },
  })
}
