import type { Telling } from '../../../devices/profiles/profile.ts'
import type { Delivery, Device, Order } from '../../model.ts'
import type { LeftBehind } from '../../registry-book.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { type OrderRow, toOrder } from '../rows.ts'
import { endDelivery, findDelivery, forgetUnheard, openDeliveries } from './deliveries.ts'
import { saveOrder } from './order-rows.ts'
import { tellDevices } from './tell-devices.ts'

/**
 * What a device leaves behind when it is removed, disabled or moved to another terminal.
 *
 * Its deliveries end: what it was told, or never will be. Where goods hang on them they end as a person must see them: `unknown`
 * when the machine may have been told to release, `failed` when it was not. Orders of a machine that can still be paid are
 * cancelled, because nobody is left to release their goods: money that comes for them is listed for refund. Orders of a till or
 * a screen stay: the customer owes them to the shop, not to the box.
 */

/** An expired order takes late money for a while; older ones have no effect any more. */
const STILL_PAYABLE_MS = 24 * 3_600_000

const ordersOf = prepared<{ deviceId: string; since: number }, OrderRow>(
  `SELECT * FROM orders INDEXED BY one_order_per_request WHERE device_id = $deviceId AND request_id IS NOT NULL
     AND (state IN ('requested','awaiting_payment','underpaid') OR (state = 'expired' AND expires_at >= $since)
       OR (state IN ('paid','held') AND released_at IS NULL AND fulfilment IN ('pending','held')))
   ORDER BY created_at, rowid`,
)
const detach = prepared<{ deviceId: string; kind: string }>(
  `UPDATE orders INDEXED BY one_order_per_request SET former_device_id = device_id, former_request_id = request_id,
     former_kind = $kind, device_id = NULL, request_id = NULL
   WHERE device_id = $deviceId AND request_id IS NOT NULL`,
)

/** `why` is what the ended deliveries say. */
export function leaveShop(db: Db, device: Device, why: string, how: Telling): LeftBehind {
  const { deviceId } = device
  const ended = endDeliveries(db, deviceId, why, how.now)
  // What it did not hear is not counted into a summary of another place, or of another box.
  forgetUnheard(db, deviceId)
  const told = new Set<string>()
  const orders: Order[] = []
  const rows = device.kind === 'vending' ? ordersOf(db).all({ deviceId, since: how.now - STILL_PAYABLE_MS }) : []
  for (const before of rows.map(toOrder)) {
    const order = withoutMachine(before, how.now)
    saveOrder(db, order)
    orders.push(order)
    if (order.state === before.state) continue
    for (const id of tellDevices(db, { kind: 'order', order }, { ...order, deviceId: null }, how)) told.add(id)
  }
  return { ended, orders, told: [...told] }
}

/** The orders of a removed device belong to nobody from now on. */
export function detachOrders(db: Db, { deviceId, kind }: Device): void {
  detach(db).run({ deviceId, kind })
}

function endDeliveries(db: Db, deviceId: string, why: string, now: number): readonly Delivery[] {
  return openDeliveries(db, deviceId, -1, 0).map(delivery => {
    const mayHaveReleased = delivery.kind === 'vend' && delivery.state !== 'pending'
    endDelivery(db, delivery.id, mayHaveReleased ? 'unknown' : 'failed', why, now)
    return findDelivery(db, delivery.id) ?? delivery
  })
}

function withoutMachine(order: Order, now: number): Order {
  if (order.state === 'paid') return { ...order, fulfilment: 'failed' }
  // A held order is on a person's list already.
  if (order.state === 'held') return order
  const fulfilment = order.received > 0 ? 'refund' : order.fulfilment
  return { ...order, state: 'cancelled', fulfilment, closedAt: order.closedAt ?? now }
}
