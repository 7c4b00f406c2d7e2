import { type Decision, decided, whyNotDecide } from '../../../orders/decision.ts'
import { releasesSomething } from '../../../payments/effects.ts'
import type { Actor } from '../../audit-trail.ts'
import type { DecidedOrder, LedgerRules } from '../../ledger.ts'
import type { Order } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { release } from './apply-payment.ts'
import { writeAudit } from './audit.ts'
import { findOrder, saveOrder } from './order-rows.ts'
import { findDevice } from './registry.ts'
import { tellDevices, telling } from './tell-devices.ts'

const insert = prepared<{ orderId: string; decision: string; reason: string; now: number }>(
  `INSERT INTO decisions (order_id, decision, reason, decided_at) VALUES ($orderId, $decision, $reason, $now)
   ON CONFLICT (order_id) DO UPDATE SET decision = $decision, reason = $reason, decided_at = $now`,
)

/** A person's way out of an order that stopped: written down with its reason, told to the devices, and let go if so decided. */
export function decideOrder(
  db: Db,
  orderId: string,
  decision: Decision,
  reason: string,
  now: number,
  by: Actor,
  rules: LedgerRules,
): DecidedOrder {
  const order = findOrder(db, orderId)
  if (order === null) return null
  const refusal = whyNotDecide(order, decision) ?? noMachine(db, order, decision)
  if (refusal !== null) return { refusal, order, told: [] }
  insert(db).run({ orderId, decision, reason, now })
  const details = { decision, reason, state: order.state, fulfilment: order.fulfilment }
  writeAudit(db, { action: 'orders resolve', subject: orderId, details }, now, by)
  const after = decided(order, decision, now)
  saveOrder(db, after)
  const told =
    after.state === order.state
      ? []
      : tellDevices(db, { kind: 'order', order: after }, after, telling(now, rules.voice))
  const asker = after.deviceId === null ? null : findDevice(db, after.deviceId)
  if (decision !== 'release' || !releasesSomething(after, asker)) return { refusal: null, order: after, told }
  const released = release(db, { ...after, fulfilment: 'pending' }, now, rules)
  return { refusal: null, order: released.order, told: [...new Set([...told, ...released.told])] }
}

/** Goods can only be let go by a machine that is there. */
function noMachine(db: Db, order: Order, decision: Decision): string | null {
  if (decision !== 'release' || order.ticket !== null) return null
  const elsewhere = 'give the money back (--refund-listed), or close it (--dismiss)'
  if (order.former !== undefined) return `machine ${order.former.deviceId} was removed: ${elsewhere}`
  const asker = order.deviceId === null ? null : findDevice(db, order.deviceId)
  if (asker?.kind !== 'vending' || asker.enabled) return null
  return `machine ${asker.deviceId} is disabled: enable it first, ${elsewhere}`
}
