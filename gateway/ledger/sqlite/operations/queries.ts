import { firstMessageId } from '../../../../protocol/ids.ts'
import type { DayTotal, Listing } from '../../ledger.ts'
import type { Order, Payment } from '../../model.ts'
import type { Db } from '../database.ts'
import { type Page, type PageBounds, pageOf } from '../pages.ts'
import { prepared } from '../prepared.ts'
import { type OrderRow, PAYMENT, type PaymentRow, toOrder, toPayment } from '../rows.ts'

/** What people and the rest of the gateway ask for. Lists are newest first; a limit of -1 is all. */

const orders = prepared<PageBounds, OrderRow & { row: number }>(
  `SELECT rowid AS row, * FROM orders WHERE (created_at, rowid) < ($at, $row)
   ORDER BY created_at DESC, rowid DESC LIMIT $limit`,
)
// By itself the planner would walk through every order there ever was.
const waiting = prepared<{ terminalCode: string | null }, OrderRow>(
  `SELECT * FROM orders INDEXED BY orders_still_payable
   WHERE state IN ('requested','awaiting_payment') AND state = 'requested'
     AND ($terminalCode IS NULL OR terminal_code = $terminalCode)
   ORDER BY created_at`,
)
const paidUnconfirmed = prepared<object, OrderRow>(
  `SELECT * FROM orders WHERE state = 'paid' AND fulfilment = 'pending' AND released_at IS NULL ORDER BY paid_at`,
)
const payable = prepared<{ closedAfter: number }, OrderRow>(
  `SELECT * FROM orders WHERE coalesce(closed_at, expires_at) >= $closedAfter
     AND (state IN ('awaiting_payment','underpaid','expired','cancelled') OR (state = 'failed' AND error_code = 'HOST_SILENT'))
   ORDER BY created_at`,
)
const unpaid = prepared<{ since: number }, OrderRow>(
  `SELECT * FROM orders WHERE created_at >= $since AND state NOT IN ('requested','paid','held')
     AND (qr_code IS NOT NULL OR error_code = 'HOST_SILENT')
   ORDER BY created_at`,
)
const totals = prepared<{ from: string }, DayTotal>(
  `SELECT strftime('%Y-%m-%d', received_at / 1000 + 25200, 'unixepoch') AS day, terminal_code AS terminalCode,
     count(*) AS payments, sum(amount) AS amount
   FROM payments WHERE payment_id >= $from AND settled = 1 AND direction = 'in' AND match IS NOT NULL
   GROUP BY day, terminal_code ORDER BY day DESC, terminal_code`,
)
const payments = prepared<PageBounds, PaymentRow & { row: number }>(
  `SELECT seq AS row, ${PAYMENT} FROM payments WHERE seq < $row ORDER BY seq DESC LIMIT $limit`,
)
const named = prepared<{ reference: string }, PaymentRow>(
  `SELECT ${PAYMENT} FROM payments WHERE reference_number = $reference OR payment_id = $reference ORDER BY received_at DESC`,
)
const unconfirmed = prepared<object, PaymentRow>(
  `SELECT ${PAYMENT} FROM payments WHERE confirmed = 0 AND settled = 1 AND direction = 'in' AND match IS NULL ORDER BY received_at`,
)

export function listOrders(db: Db, place: PageBounds): Page<Order> {
  const rows = orders(db).all(place)
  return pageOf(rows.map(toOrder), rows.at(-1), place.limit, ({ created_at, row }) => ({ at: created_at, row }))
}

export function ordersWaitingForQr(db: Db, terminalCode: string | null): readonly Order[] {
  return waiting(db).all({ terminalCode }).map(toOrder)
}

export function payableOrders(db: Db, closedAfter: number): readonly Order[] {
  return payable(db).all({ closedAfter }).map(toOrder)
}

const forPeople = prepared<{ now: number; limit: number }, OrderRow>(
  `SELECT * FROM orders INDEXED BY orders_for_people
   WHERE (fulfilment IN ('unknown','failed','partial','held','refund') OR state IN ('late','held','underpaid'))
     AND (fulfilment IN ('unknown','failed','partial','held','refund')
       OR ((state <> 'underpaid' OR expires_at < $now)
         AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.order_id = orders.order_id)))
   ORDER BY created_at DESC LIMIT $limit`,
)
const stillOpenOf = prepared<{ deviceId: string }, OrderRow>(
  `SELECT * FROM orders INDEXED BY orders_still_payable
   WHERE state IN ('requested','awaiting_payment') AND device_id = CAST($deviceId AS TEXT)`,
)

/**
 * What a person has to decide, or to give back: goods of which nobody knows, money that came late, short or unconfirmed. What was decided
 * is off the list, unless it is listed for refund.
 */
export function ordersForPeople(db: Db, { limit }: Listing, now: number): readonly Order[] {
  return forPeople(db).all({ now, limit }).map(toOrder)
}

export function openOrdersOf(db: Db, deviceId: string): readonly Order[] {
  return stillOpenOf(db).all({ deviceId }).map(toOrder)
}

export function unpaidOrders(db: Db, since: number): readonly Order[] {
  return unpaid(db).all({ since }).map(toOrder)
}

export function dayTotals(db: Db, since: number): readonly DayTotal[] {
  return totals(db).all({ from: firstMessageId(since) })
}

export function unconfirmedOrders(db: Db): readonly Order[] {
  return paidUnconfirmed(db).all({}).map(toOrder)
}

export function listPayments(db: Db, place: PageBounds): Page<Payment> {
  const rows = payments(db).all(place)
  return pageOf(rows.map(toPayment), rows.at(-1), place.limit, ({ received_at, row }) => ({ at: received_at, row }))
}

/** Payments of this bank reference (one for each account that has it) or of this payment id. */
export function paymentsNamed(db: Db, reference: string): readonly Payment[] {
  return named(db).all({ reference }).map(toPayment)
}

export function unconfirmedPayments(db: Db): readonly Payment[] {
  return unconfirmed(db).all({}).map(toPayment)
}
