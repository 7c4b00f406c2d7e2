import type { Delivery, Payment } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { type DeliveryRow, PAYMENT, type PaymentRow, toDelivery, toPayment } from '../rows.ts'
import { lowest } from './halving.ts'

/** What a payment without an order was told to whom is written down with it; later rows are not looked at. */
const SAME_TIME_MS = 60_000

const ofOrder = prepared<{ orderId: string }, PaymentRow>(
  `SELECT ${PAYMENT} FROM payments WHERE order_id = $orderId ORDER BY received_at`,
)
const aboutOrder = prepared<{ orderId: string }, DeliveryRow>(
  'SELECT * FROM deliveries WHERE order_id = $orderId ORDER BY seq',
)
const aboutPayment = prepared<{ paymentId: string; from: number; until: number }, DeliveryRow>(
  `SELECT * FROM deliveries WHERE seq >= $from AND seq < $until AND payment_id = $paymentId ORDER BY seq`,
)
const lastSeq = prepared<object, { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM deliveries')
const nextOf = prepared<{ seq: number }, { created_at: number }>(
  'SELECT created_at FROM deliveries WHERE seq >= $seq ORDER BY seq LIMIT 1',
)

export function paymentsOfOrder(db: Db, orderId: string): readonly Payment[] {
  return ofOrder(db).all({ orderId }).map(toPayment)
}

export function deliveriesOfOrder(db: Db, orderId: string): readonly Delivery[] {
  return aboutOrder(db).all({ orderId }).map(toDelivery)
}

/** Rows carry no index by payment, which every payment would pay for: they are found by when they were written. */
export function deliveriesOfPayment(db: Db, paymentId: string, receivedAt: number): readonly Delivery[] {
  const from = firstSince(db, receivedAt)
  const until = firstSince(db, receivedAt + SAME_TIME_MS)
  return aboutPayment(db).all({ paymentId, from, until }).map(toDelivery)
}

/** The `seq` of the newest delivery, 0 when there is none. */
export function lastDelivery(db: Db): number {
  return lastSeq(db).get({})?.seq ?? 0
}

/** The `seq` of the first delivery that is no older. */
function firstSince(db: Db, at: number): number {
  return lowest(lastDelivery(db), seq => {
    const next = nextOf(db).get({ seq })
    return next === undefined || next.created_at >= at
  })
}
