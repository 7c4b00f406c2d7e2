import type { DeadLetterReason } from '../../../../protocol/errors.ts'
import type { Vnd } from '../../../../protocol/money.ts'
import type { BalanceChange } from '../../../../protocol/vietqr/balance-change.ts'
import { traceToken } from '../../../../protocol/vietqr/content.ts'
import { referenceOf } from '../../../payments/identity.ts'
import type { LedgerRules, RawMessage, TakenPayment } from '../../ledger.ts'
import type { Order, Payment, PaymentSource, Terminal } from '../../model.ts'
import type { Db } from '../database.ts'
import { newId } from '../new-id.ts'
import { prepared } from '../prepared.ts'
import { type OrderRow, toOrder } from '../rows.ts'
import { applyPayment, confirmOrder, matchPayment } from './apply-payment.ts'
import { addDeadLetter } from './dead-letters.ts'
import { findOrder } from './order-rows.ts'
import { findPayment } from './payment-rows.ts'
import { findTerminal } from './registry.ts'

/**
 * One payment, from what the host said to what the devices are told, in one transaction.
 *
 * A payment is one row for each (bank account, reference). What is said about a known one either repeats it (nothing happens),
 * settles it, confirms it, or contradicts it (a dead letter, and nothing happens).
 */

const orderByToken = prepared<[token: string], OrderRow>(
  'SELECT * FROM orders WHERE trace_token = CAST(? AS TEXT) ORDER BY created_at DESC LIMIT 1',
)
/** Both in the order of the columns: a name costs half a microsecond, and a value a fifth of one. */
type NewPaymentRow = [
  paymentId: string,
  bankAccount: string,
  reference: string,
  weak: number,
  terminalCode: string,
  amount: number,
  direction: string,
  settled: number,
  orderId: string | null,
  match: string | null,
  source: string,
  confirmed: number,
  content: string,
  receivedAt: number,
  hostTimePaid: number | null,
  topic: string,
  payload: Uint8Array,
]
/** What nearly all payments are: money that has come, told by a balance change that names a reference. */
type UsualPaymentRow = [
  paymentId: string,
  bankAccount: string,
  reference: string,
  terminalCode: string,
  amount: number,
  orderId: string | null,
  match: string | null,
  content: string,
  receivedAt: number,
  hostTimePaid: number | null,
  topic: string,
  payload: Uint8Array,
]
const inserting = (values: string): string =>
  `INSERT INTO payments (payment_id, bank_account, reference_number, weak, terminal_code, amount, direction, settled, order_id,
     match, source, confirmed, content, received_at, host_time_paid, raw_topic, raw_payload)
   VALUES (${values}) ON CONFLICT (reference_number, bank_account) DO NOTHING`
const insert = prepared<NewPaymentRow>(inserting('?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?'))
const insertUsual = prepared<UsualPaymentRow>(inserting("?, ?, ?, 0, ?, ?, 'in', 1, ?, ?, 'bdsd', 0, ?, ?, ?, ?, ?"))
const settle = prepared<{ paymentId: string }>('UPDATE payments SET settled = 1 WHERE payment_id = $paymentId')
const setMatch = prepared<{ paymentId: string; match: string | null }>(
  'UPDATE payments SET match = $match WHERE payment_id = $paymentId',
)
const nameWeak = prepared<{ orderId: string; amount: number; reference: string }>(
  `UPDATE payments SET reference_number = $reference, weak = 0
   WHERE payment_id = (SELECT payment_id FROM payments WHERE order_id = $orderId AND amount = $amount AND weak = 1
     AND source = 'lookup' ORDER BY received_at LIMIT 1)`,
)
const setOrder = prepared<{ paymentId: string; orderId: string | null }>(
  'UPDATE payments SET order_id = $orderId WHERE payment_id = $paymentId',
)
const confirm = prepared<{ paymentId: string }>('UPDATE payments SET confirmed = 1 WHERE payment_id = $paymentId')

/** What is known about a payment before it is compared with the ledger. */
export interface PaymentFacts {
  readonly terminal: Terminal
  readonly reference: string
  readonly weak: boolean
  readonly amount: Vnd
  readonly direction: 'in' | 'out'
  readonly settled: boolean
  readonly order: Order | null
  readonly source: PaymentSource
  /** Whether the host was asked about it, rather than telling it unasked. */
  readonly confirmed: boolean
  readonly content: string
  readonly hostTimePaid: number | null
}

/** A balance change on the topic of `terminalCode`. */
export function takeBalanceChange(
  db: Db,
  terminalCode: string,
  notice: BalanceChange,
  raw: RawMessage,
  rules: LedgerRules,
): TakenPayment {
  const terminal = findTerminal(db, terminalCode)
  if (terminal === null) return reject(db, 'TERMINAL_UNKNOWN', `there is no terminal ${terminalCode}`, raw)
  if (notice.bankAccount !== terminal.bankAccount) {
    return reject(
      db,
      'TERMINAL_MISMATCH',
      `the account of ${notice.referenceNumber ?? 'a payment'} is not the one of terminal ${terminalCode}`,
      raw,
    )
  }
  const order = orderOf(db, notice)
  if (order !== null && order.terminalCode !== terminalCode) {
    const said = `the order ${order.orderId} of ${notice.referenceNumber ?? 'a payment'} belongs to terminal ${order.terminalCode}, not ${terminalCode}`
    return reject(db, 'TERMINAL_MISMATCH', said, raw)
  }
  adoptReference(db, terminal, order, notice)
  const { reference, weak } = referenceOf(notice)
  const { amount, direction, settled, content, hostTimePaid } = notice
  const known = { reference, weak, amount, direction, settled, content, hostTimePaid }
  return takePayment(db, { terminal, order, ...known, source: 'bdsd', confirmed: false }, raw, rules)
}

/**
 * A lookup may have shown this money before, without the bank's reference; then this is its reference, not a second payment.
 */
function adoptReference(db: Db, terminal: Terminal, order: Order | null, notice: BalanceChange): void {
  const { referenceNumber, amount } = notice
  if (order === null || referenceNumber === null || notice.direction !== 'in') return
  if (findPayment(db, terminal.bankAccount, referenceNumber) !== null) return
  nameWeak(db).run({ orderId: order.orderId, amount, reference: referenceNumber })
}

/** The order a notice names: by its order id, else by the host's token in its content. Never by its amount. */
function orderOf(db: Db, notice: BalanceChange): Order | null {
  const named = notice.orderId === null ? null : findOrder(db, notice.orderId)
  if (named !== null) return named
  const token = traceToken(notice.content)
  const row = token === null ? undefined : orderByToken(db).get(token)
  return row === undefined ? null : toOrder(row)
}

export function takePayment(db: Db, facts: PaymentFacts, raw: RawMessage, rules: LedgerRules): TakenPayment {
  return takeNew(db, facts, raw, rules) ?? takeKnown(db, facts, raw, rules)
}

/** Null, and nothing is stored, when the payment is known: that is asked by storing it, which looks for it anyway. */
function takeNew(db: Db, facts: PaymentFacts, raw: RawMessage, rules: LedgerRules): TakenPayment | null {
  const { terminal, order } = facts
  const { receivedAt } = raw
  // Field by field: to copy and spread objects takes longer than to find the terminal.
  const payment: Payment = {
    paymentId: newId(receivedAt),
    referenceNumber: facts.reference,
    weak: facts.weak,
    bankAccount: terminal.bankAccount,
    terminalCode: terminal.terminalCode,
    amount: facts.amount,
    direction: facts.direction,
    settled: facts.settled,
    orderId: order?.orderId ?? null,
    match: null,
    source: facts.source,
    confirmed: facts.confirmed,
    content: facts.content,
    receivedAt,
    hostTimePaid: facts.hostTimePaid,
  }
  if (mayHaveEffects(payment, rules)) {
    const matched = matchPayment(payment, order, receivedAt, rules)
    return storeNew(db, matched.payment, raw) ? applyPayment(db, matched, receivedAt, rules, 'new') : null
  }
  if (!storeNew(db, payment, raw)) return null
  return { outcome: 'recorded', reason: null, text: '', payment, order, entered: null, told: [] }
}

/** Stores a payment with what the host said. False, and nothing is written, when there is one of this account and reference. */
function storeNew(db: Db, payment: Payment, raw: RawMessage): boolean {
  const { weak, direction, settled, source, confirmed } = payment
  const isUsual = !weak && direction === 'in' && settled && source === 'bdsd' && !confirmed
  return isUsual ? storeUsual(db, payment, raw) : storeOther(db, payment, raw)
}

function storeUsual(db: Db, payment: Payment, { topic, payload }: RawMessage): boolean {
  const { changes } = insertUsual(db).run(
    payment.paymentId,
    payment.bankAccount,
    payment.referenceNumber,
    payment.terminalCode,
    payment.amount,
    payment.orderId,
    payment.match,
    payment.content,
    payment.receivedAt,
    payment.hostTimePaid,
    topic,
    payload,
  )
  return changes > 0
}

function storeOther(db: Db, payment: Payment, { topic, payload }: RawMessage): boolean {
  const { changes } = insert(db).run(
    payment.paymentId,
    payment.bankAccount,
    payment.referenceNumber,
    payment.weak ? 1 : 0,
    payment.terminalCode,
    payment.amount,
    payment.direction,
    payment.settled ? 1 : 0,
    payment.orderId,
    payment.match,
    payment.source,
    payment.confirmed ? 1 : 0,
    payment.content,
    payment.receivedAt,
    payment.hostTimePaid,
    topic,
    payload,
  )
  return changes > 0
}

function takeKnown(db: Db, facts: PaymentFacts, raw: RawMessage, rules: LedgerRules): TakenPayment {
  const known = storedPayment(db, facts.terminal.bankAccount, facts.reference)
  if (known.amount !== facts.amount || known.direction !== facts.direction) {
    const said = `reference ${known.referenceNumber} is known with ${known.amount} VND ${known.direction}, this says ${facts.amount} VND ${facts.direction}`
    return reject(db, 'CONFLICT', said, raw)
  }
  const attaches = known.orderId === null && facts.order?.terminalCode === known.terminalCode
  const settles = facts.settled && !known.settled
  const confirms = facts.confirmed && !known.confirmed
  if (settles) settle(db).run({ paymentId: known.paymentId })
  if (confirms) confirm(db).run({ paymentId: known.paymentId })
  if (attaches) setOrder(db).run({ paymentId: known.paymentId, orderId: facts.order?.orderId ?? null })
  const payment = storedPayment(db, known.bankAccount, known.referenceNumber)
  const order = payment.orderId === null ? null : findOrder(db, payment.orderId)
  if (!settles && !confirms && !attaches)
    return { outcome: 'duplicate', reason: null, text: '', payment, order, entered: null, told: [] }
  const outcome = settles ? 'settled' : 'confirmed'
  // Money that was taken for nobody's turns out to be an order's: its sums and state follow, at the time the money came.
  if ((payment.match === null || attaches) && mayHaveEffects(payment, rules)) {
    const matched = matchPayment(payment, order, raw.receivedAt, rules)
    const { paymentId, match } = matched.payment
    setMatch(db).run({ paymentId, match })
    return applyPayment(db, matched, raw.receivedAt, rules, outcome)
  }
  return { outcome, reason: null, text: '', payment, entered: null, ...confirmOrder(db, order, raw.receivedAt, rules) }
}

function mayHaveEffects(payment: Payment, rules: LedgerRules): boolean {
  const waits = rules.confirm === 'always' && !payment.confirmed
  return payment.settled && payment.direction === 'in' && payment.amount > 0 && !waits
}

function storedPayment(db: Db, bankAccount: string, reference: string): Payment {
  const payment = findPayment(db, bankAccount, reference)
  if (payment === null) throw new Error(`payment ${reference} is known and cannot be found`)
  return payment
}

function reject(db: Db, reason: DeadLetterReason, text: string, raw: RawMessage): TakenPayment {
  addDeadLetter(db, reason, text, 'host', raw)
  return { outcome: 'rejected', reason, text, payment: null, order: null, entered: null, told: [] }
}
