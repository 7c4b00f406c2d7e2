import { type Effect, effectOf, isMachine, releasesSomething } from '../../../payments/effects.ts'
import type { LedgerRules, TakenPayment, Told } from '../../ledger.ts'
import type { Order, Payment } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { queueTicket } from './call-ticket.ts'
import { saveOrder } from './order-rows.ts'
import { findDevice } from './registry.ts'
import { tellDevices, telling } from './tell-devices.ts'

const confirmedSum = prepared<{ orderId: string }, { sum: number | null }>(
  `SELECT sum(amount) AS sum FROM payments
   WHERE order_id = $orderId AND confirmed = 1 AND settled = 1 AND direction = 'in' AND match IS NOT NULL`,
)

/** When the money came that completed the order; what came after that is surplus. */
const paidBy = prepared<{ orderId: string; paidAt: number }, { at: number | null }>(
  `SELECT max(received_at) AS at FROM payments
   WHERE order_id = $orderId AND settled = 1 AND direction = 'in' AND match IS NOT NULL AND received_at <= $paidAt`,
)

/** A settled credit, with what it does. */
interface MatchedPayment {
  /** As it is to be written down. */
  readonly payment: Payment
  readonly effect: Effect
}

/** What a settled credit does; `before` is how its order stands now. */
export function matchPayment(payment: Payment, before: Order | null, now: number, rules: LedgerRules): MatchedPayment {
  const effect = effectOf(payment.amount, before, payment.receivedAt, now, rules.lateGraceMs)
  return { payment: { ...payment, match: effect.match }, effect }
}

/** Lets a payment that is written down have its effects: on the sums and the state of its order, and on every device that must hear of it. */
export function applyPayment(
  db: Db,
  { payment, effect }: MatchedPayment,
  now: number,
  rules: LedgerRules,
  outcome: TakenPayment['outcome'],
): TakenPayment {
  const how = telling(now, rules.voice, payment.receivedAt)
  const order = effect.order === null ? null : settleFulfilment(db, effect.order, effect.completes)
  if (order !== null) saveOrder(db, order)

  const to = { terminalCode: payment.terminalCode, deviceId: order?.deviceId ?? null }
  const { announcement } = effect
  const told = [...tellDevices(db, { kind: 'payment', payment, order, announcement }, to, how)]
  if (order !== null && effect.orderChanged) told.push(...tellDevices(db, { kind: 'order', order }, to, how))
  const after = confirmOrder(db, order, now, rules)
  const entered = effect.orderChanged ? (order?.state ?? null) : null
  const woken = [...new Set([...told, ...after.told])]
  return { outcome, reason: null, text: '', payment, order: after.order, entered, told: woken }
}

function settleFulfilment(db: Db, order: Order, completes: boolean): Order {
  if (!completes) return order
  const asker = order.deviceId === null ? null : findDevice(db, order.deviceId)
  return { ...order, fulfilment: releasesSomething(order, asker) ? 'pending' : 'none' }
}

/**
 * Confirms a paid order once confirmed payments cover it, and lets go what waited for that. Where nothing has to be confirmed
 * (`payments.confirm: never`), a paid order lets go at once.
 */
export function confirmOrder(
  db: Db,
  order: Order | null,
  now: number,
  rules: LedgerRules,
): Told & { readonly order: Order | null } {
  if (order === null || order.state !== 'paid' || order.confirmedAt !== null) return { order, told: [] }
  const covered = (confirmedSum(db).get({ orderId: order.orderId })?.sum ?? 0) >= order.amount
  if (!covered && rules.confirm !== 'never') return { order, told: [] }
  const confirmed: Order = { ...order, confirmedAt: covered ? now : null }
  if (order.fulfilment !== 'pending' || order.releasedAt !== null) {
    saveOrder(db, confirmed)
    return { order: confirmed, told: [] }
  }
  const { at } = paidBy(db).get({ orderId: order.orderId, paidAt: order.paidAt ?? now }) ?? { at: null }
  return release(db, confirmed, now, rules, at ?? now)
}

/**
 * The goods or the call of an order may go. A machine's goods count as released once the machine is being told. `heardAt`: when the
 * payment came in that paid it; left out when it is a person who lets it go.
 */
export function release(
  db: Db,
  order: Order,
  now: number,
  rules: LedgerRules,
  heardAt?: number,
): Told & { readonly order: Order } {
  const asker = order.deviceId === null ? null : findDevice(db, order.deviceId)
  const fulfilment = isMachine(asker) ? order.fulfilment : 'released'
  const released: Order = { ...order, fulfilment, releasedAt: now }
  saveOrder(db, released)
  const how = telling(now, rules.voice, heardAt)
  const told = tellDevices(db, { kind: 'released', order: released }, released, how)
  return { order: released, told: [...new Set([...told, ...queueTicket(db, released, how)])] }
}
