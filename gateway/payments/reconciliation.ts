import { GatewayError } from '../../protocol/errors.ts'
import type { DayTotal, Ledger } from '../ledger/ledger.ts'
import type { Order } from '../ledger/model.ts'
import type { Inquired, Inquiries } from './inquiries.ts'

/** What reconciling found about one terminal; orders and payments by their names. */
export interface TerminalReport {
  readonly terminalCode: string
  /** Money the gateway had not heard of. */
  readonly found: { orderId: string; referenceNumber: string; amount: number }[]
  /** Orders the host knows nothing paid of. */
  readonly open: string[]
  /** Money the host tells differently from what is recorded. */
  readonly conflicting: { orderId: string; referenceNumber: string; text: string }[]
  /** Orders the host could not be asked about, with the reason. */
  readonly unanswered: { orderId: string; code: string }[]
}

export interface Reconciliation {
  /** Epoch milliseconds: orders created since then were asked about. */
  readonly since: number
  readonly asked: number
  readonly terminals: readonly TerminalReport[]
  readonly days: readonly DayTotal[]
}

/**
 * Asks the host about every order since then that could have been paid unseen. What is found is taken like any other payment, with all
 * its effects.
 */
export async function reconcile(
  ledger: Ledger,
  inquiries: Inquiries,
  since: number,
  asked: (count: number, of: number) => void,
): Promise<Reconciliation> {
  const orders = await ledger.orders.unpaidSince(since)
  const reports = new Map<string, TerminalReport>()
  for (const [index, order] of orders.entries()) {
    const { terminalCode } = order
    const report = reports.get(terminalCode) ?? { terminalCode, found: [], open: [], conflicting: [], unanswered: [] }
    reports.set(terminalCode, report)
    await reconcileOrder(ledger, inquiries, order, report)
    asked(index + 1, orders.length)
  }
  return { since, asked: orders.length, terminals: [...reports.values()], days: await ledger.payments.dayTotals(since) }
}

async function reconcileOrder(
  ledger: Ledger,
  inquiries: Inquiries,
  order: Order,
  report: TerminalReport,
): Promise<void> {
  const { orderId, terminalCode } = order
  const terminal = await ledger.registry.terminal(terminalCode)
  if (terminal === null) {
    report.unanswered.push({ orderId, code: 'TERMINAL_UNKNOWN' })
    return
  }
  let answer: Inquired
  try {
    answer = await inquiries.inquire(terminal, { by: 'orderId', value: orderId })
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    report.unanswered.push({ orderId, code: error.code })
    return
  }
  if (answer.code !== null) {
    report.unanswered.push({ orderId, code: answer.code })
    return
  }
  for (const [index, taken] of answer.taken.entries()) {
    const referenceNumber = taken.payment?.referenceNumber ?? answer.rows[index]?.referenceNumber ?? ''
    if (taken.outcome === 'rejected') report.conflicting.push({ orderId, referenceNumber, text: taken.text })
    if (taken.outcome === 'new' || taken.outcome === 'settled') {
      report.found.push({ orderId, referenceNumber, amount: taken.payment?.amount ?? 0 })
    }
  }
  if (answer.taken.some(taken => taken.outcome === 'rejected')) return
  const after = await ledger.orders.get(orderId)
  if (after !== null && after.received < after.amount) report.open.push(orderId)
}
