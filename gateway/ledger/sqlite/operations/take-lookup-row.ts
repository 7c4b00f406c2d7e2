import { createHash } from 'node:crypto'
import type { LookupRow } from '../../../../protocol/vietqr/lookup.ts'
import type { LedgerRules, RawMessage, TakenPayment } from '../../ledger.ts'
import type { Order, Terminal } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { PAYMENT, type PaymentRow } from '../rows.ts'
import { findOrder } from './order-rows.ts'
import { findPayment } from './payment-rows.ts'
import { findTerminal } from './registry.ts'
import { takePayment } from './take-payment.ts'

const sameOfOrder = prepared<{ orderId: string; amount: number }, PaymentRow>(
  `SELECT ${PAYMENT} FROM payments WHERE order_id = $orderId AND amount = $amount AND direction = 'in'
   ORDER BY confirmed, received_at LIMIT 1`,
)

const IGNORED: TakenPayment = {
  outcome: 'duplicate',
  reason: null,
  text: '',
  payment: null,
  order: null,
  entered: null,
  told: [],
}

/**
 * A row the host gave when asked. It is a payment when it is paid money of an order known here, or confirms one that is known
 * already; rows of anything else are somebody's history and must not be announced as news.
 */
export function takeLookupRow(
  db: Db,
  terminalCode: string,
  row: LookupRow,
  raw: RawMessage,
  rules: LedgerRules,
): TakenPayment {
  const terminal = findTerminal(db, terminalCode)
  if (terminal === null || row.status !== 'paid' || row.direction !== 'in') return IGNORED
  const order = row.orderId === null ? null : findOrder(db, row.orderId)
  const ours = order !== null && order.bankAccount === terminal.bankAccount ? order : null
  const identity = identityOf(db, terminal, row, ours)
  if (identity === null) return IGNORED
  return takePayment(
    db,
    {
      // Terminals may share an account: the money belongs to the one that sold.
      terminal: (ours === null ? null : findTerminal(db, ours.terminalCode)) ?? terminal,
      ...identity,
      amount: row.amount,
      direction: 'in',
      settled: true,
      order: ours,
      source: 'lookup',
      confirmed: true,
      content: row.content,
      hostTimePaid: row.timePaid,
    },
    raw,
    rules,
  )
}

/** Which payment the row is about: a known one, or a new one of an order that is ours; null for neither. */
function identityOf(
  db: Db,
  terminal: Terminal,
  row: LookupRow,
  order: Order | null,
): { readonly reference: string; readonly weak: boolean } | null {
  const { referenceNumber: reference } = row
  const { bankAccount } = terminal
  if (reference !== null && findPayment(db, bankAccount, reference) !== null) {
    return { reference, weak: false }
  }
  if (order === null) return null
  // One of the two sides may have come without the bank's reference: the same money of the same order is then the same payment.
  const same = sameOfOrder(db).get({ orderId: order.orderId, amount: row.amount })
  if (same !== undefined && (reference === null || same.weak === 1)) {
    return { reference: same.reference_number, weak: same.weak === 1 }
  }
  if (reference !== null) return { reference, weak: false }
  const said = JSON.stringify(['lookup', bankAccount, order.orderId, row.amount, row.timePaid])
  return { reference: `none-${createHash('sha256').update(said).digest('hex').slice(0, 24)}`, weak: true }
}
