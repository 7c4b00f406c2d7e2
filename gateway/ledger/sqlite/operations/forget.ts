import { mayBeForgotten } from '../../forgetting.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { type OrderRow, toOrder } from '../rows.ts'
import { lowest } from './halving.ts'

/**
 * Removing what is too old, a few rows at a time. Each function looks at the next `limit` rows after `place`, in the order of their
 * time or of their number, removes those from before `before` that may go, and says where the next call goes on; null at the
 * end. A row that must stay is passed by, so that the next call does not meet it again.
 */

/** Where a walk has come to: time and row of the last row looked at. */
export interface Place {
  readonly at: number
  readonly row: number
}

export interface Walk {
  readonly after: Place
  /** Epoch milliseconds, as `now`. */
  readonly before: number
  readonly now: number
  readonly limit: number
}

/** From the oldest row on. */
export const BEGINNING: Place = { at: Number.MIN_SAFE_INTEGER, row: 0 }

type Bounds = { at: number; row: number; before: number; limit: number }

const oldRaw = prepared<Bounds, Place>(
  'SELECT received_at AS at, raw_id AS row FROM raw_messages WHERE raw_id > $row ORDER BY raw_id LIMIT $limit',
)
const removeRaw = prepared<{ row: number }>('DELETE FROM raw_messages WHERE raw_id = $row')

const oldOrders = prepared<Bounds, OrderRow & { row: number; last_money_at: number | null; decided_at: number | null }>(
  `SELECT o.rowid AS row, o.*,
     (SELECT max(received_at) FROM payments p WHERE p.order_id = o.order_id) AS last_money_at,
     (SELECT decided_at FROM decisions d WHERE d.order_id = o.order_id) AS decided_at
   FROM orders o WHERE (o.created_at, o.rowid) > ($at, $row) AND o.created_at < $before
   ORDER BY o.created_at, o.rowid LIMIT $limit`,
)
const removePaymentsOf = prepared<{ orderId: string }>('DELETE FROM payments WHERE order_id = $orderId')
const removeDecisionOn = prepared<{ orderId: string }>('DELETE FROM decisions WHERE order_id = $orderId')
const removeTicketOf = prepared<{ orderId: string }>('DELETE FROM tickets WHERE order_id = $orderId')
const removeOrder = prepared<{ orderId: string }>('DELETE FROM orders WHERE order_id = $orderId')

const oldPayments = prepared<Bounds, Place>(
  'SELECT received_at AS at, seq AS row FROM payments WHERE seq > $row ORDER BY seq LIMIT $limit',
)
const lastPayment = prepared<object, { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM payments')
const paymentSince = prepared<{ seq: number }, { has_raw: 0 | 1 }>(
  'SELECT raw_payload IS NOT NULL AS has_raw FROM payments WHERE seq >= $seq ORDER BY seq LIMIT 1',
)
const removeRawOfPayment = prepared<{ row: number }>(
  'UPDATE payments SET raw_topic = NULL, raw_payload = NULL WHERE seq = $row AND raw_payload IS NOT NULL',
)
const removeLoosePayment = prepared<{ row: number }>('DELETE FROM payments WHERE seq = $row AND order_id IS NULL')

const oldDeliveries = prepared<Bounds, Place & { over: 0 | 1 }>(
  `SELECT d.created_at AS at, d.seq AS row,
     d.created_at < $before AND (d.ended_at IS NOT NULL OR d.expires_at < $before)
       AND d.seq < (SELECT max(seq) FROM deliveries)
       AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.order_id = d.order_id)
       AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.payment_id = d.payment_id) AS over
   FROM deliveries d WHERE d.seq > $row ORDER BY d.seq LIMIT $limit`,
)
const removeDelivery = prepared<{ row: number }>('DELETE FROM deliveries WHERE seq = $row')

const oldLetters = prepared<Bounds, Place>(
  `SELECT received_at AS at, dead_letter_id AS row FROM dead_letters
   WHERE dead_letter_id > $row ORDER BY dead_letter_id LIMIT $limit`,
)
const removeLetter = prepared<{ row: number }>('DELETE FROM dead_letters WHERE dead_letter_id = $row')

const oldCash = prepared<Bounds, Place>(
  'SELECT reported_at AS at, cash_id AS row FROM cash_reports WHERE cash_id > $row ORDER BY cash_id LIMIT $limit',
)
const removeCash = prepared<{ row: number }>('DELETE FROM cash_reports WHERE cash_id = $row')

const oldNews = prepared<Bounds, Place>(
  'SELECT told_at AS at, told_id AS row FROM told_by_host WHERE told_id > $row ORDER BY told_id LIMIT $limit',
)
const removeNews = prepared<{ row: number }>('DELETE FROM told_by_host WHERE told_id = $row')

/** What the host answered to orders, as it came. */
export function forgetRaw(db: Db, walk: Walk): Place | null {
  return forgetNumbered(oldRaw(db).all(bounds(walk)), walk, ({ row }) => removeRaw(db).run({ row }))
}

/** What the host said of payments, as it came; the payments stay. */
export function forgetRawOfPayments(db: Db, walk: Walk): Place | null {
  return forgetNumbered(oldPayments(db).all(bounds(walk)), walk, ({ row }) => removeRawOfPayment(db).run({ row }))
}

/** The same from the first payment on that still has it; one behind it that an earlier walk left because of its time is not found. */
export function forgetNextRawOfPayments(db: Db, walk: Walk): Place | null {
  const after = walk.after === BEGINNING ? { ...BEGINNING, row: firstWithRaw(db) - 1 } : walk.after
  return forgetRawOfPayments(db, { ...walk, after })
}

function firstWithRaw(db: Db): number {
  return lowest(lastPayment(db).get({})?.seq ?? 0, seq => paymentSince(db).get({ seq })?.has_raw !== 0)
}

/** Orders with their payments, at once: an order without its payments would take the next lookup of them for new money. */
export function forgetOrders(db: Db, walk: Walk): Place | null {
  const rows = oldOrders(db).all(bounds(walk))
  for (const row of rows) {
    const past = { order: toOrder(row), lastMoneyAt: row.last_money_at, decidedAt: row.decided_at }
    if (!mayBeForgotten(past, walk.before)) continue
    const orderId = row.order_id
    removePaymentsOf(db).run({ orderId })
    removeDecisionOn(db).run({ orderId })
    removeTicketOf(db).run({ orderId })
    removeOrder(db).run({ orderId })
  }
  const places = rows.map(({ created_at: at, row }) => ({ at, row }))
  return next(places, walk)
}

/** Payments without an order; the others go with theirs. */
export function forgetPayments(db: Db, walk: Walk): Place | null {
  return forgetNumbered(oldPayments(db).all(bounds(walk)), walk, ({ row }) => removeLoosePayment(db).run({ row }))
}

/**
 * Deliveries that are over and whose order and payment are gone. What a device must still be told stays, and so does the
 * newest: without it the numbers that tell which delivery is newer would begin again.
 */
export function forgetDeliveries(db: Db, walk: Walk): Place | null {
  const rows = oldDeliveries(db).all(bounds(walk))
  for (const { row, over } of rows) if (over === 1) removeDelivery(db).run({ row })
  return rows.some(({ at }) => at < walk.before) ? next(rows, walk) : null
}

export function forgetDeadLetters(db: Db, walk: Walk): Place | null {
  return forgetNumbered(oldLetters(db).all(bounds(walk)), walk, ({ row }) => removeLetter(db).run({ row }))
}

/** What vending boxes counted. */
export function forgetCash(db: Db, walk: Walk): Place | null {
  return forgetNumbered(oldCash(db).all(bounds(walk)), walk, ({ row }) => removeCash(db).run({ row }))
}

/** Which payments the host spoke of to a box of its own; that matters for seconds only. */
export function forgetNews(db: Db, walk: Walk): Place | null {
  return forgetNumbered(oldNews(db).all(bounds(walk)), walk, ({ row }) => removeNews(db).run({ row }))
}

/**
 * Rows that are numbered as they came: behind a page without an old one there is none. A row from the future, written while the clock
 * was wrong, says nothing about those behind it.
 */
function forgetNumbered(rows: readonly Place[], walk: Walk, remove: (place: Place) => unknown): Place | null {
  const old = rows.filter(({ at }) => at < walk.before)
  for (const place of old) remove(place)
  return rows.some(({ at }) => at < walk.before || at > walk.now) ? next(rows, walk) : null
}

function bounds({ after, before, limit }: Walk): Bounds {
  return { ...after, before, limit }
}

function next(rows: readonly Place[], { limit }: Walk): Place | null {
  const last = rows.length < limit ? undefined : rows.at(-1)
  return last === undefined ? null : { at: last.at, row: last.row }
}
