import type { Order } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { type OrderRow, toOrder } from '../rows.ts'

const byId = prepared<{ orderId: string }, OrderRow>('SELECT * FROM orders WHERE order_id = $orderId')
const update = prepared<{
  orderId: string
  received: number
  state: string
  fulfilment: string
  paidAt: number | null
  confirmedAt: number | null
  releasedAt: number | null
  closedAt: number | null
  errorCode: string | null
  errorMessage: string | null
}>(
  `UPDATE orders SET received = $received, state = $state, fulfilment = $fulfilment, paid_at = $paidAt,
     confirmed_at = $confirmedAt, released_at = $releasedAt, closed_at = $closedAt, error_code = $errorCode, error_message = $errorMessage
   WHERE order_id = $orderId`,
)

export function findOrder(db: Db, orderId: string): Order | null {
  const row = byId(db).get({ orderId })
  return row === undefined ? null : toOrder(row)
}

/** Stores where an order stands now; what it asked for never changes. */
export function saveOrder(db: Db, order: Order): void {
  const { orderId, received, state, fulfilment, paidAt, confirmedAt, releasedAt, closedAt } = order
  const { errorCode, errorMessage } = order
  const times = { paidAt, confirmedAt, releasedAt, closedAt }
  update(db).run({ orderId, received, state, fulfilment, ...times, errorCode, errorMessage })
}
