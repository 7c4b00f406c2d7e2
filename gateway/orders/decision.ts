import type { Order } from '../ledger/model.ts'

/** What a person can decide about an order that stopped. */
export const DECISIONS = ['release', 'refund-listed', 'dismiss'] as const
export type Decision = (typeof DECISIONS)[number]

/**
 * Why this decision cannot be made about this order, in words; null when it can.
 *
 * A person decides where the gateway must not: money that was not confirmed (`held`), came late or came short, and goods of
 * which nobody knows whether they came out. A release is possible once in the life of an order: a machine that was told
 * to release may have done so, and telling it again would be the blind repetition a person is asked to prevent.
 */
export function whyNotDecide(order: Order, decision: Decision): string | null {
  const { orderId, state, fulfilment, releasedAt } = order
  const moneyWaits = (state === 'held' || state === 'late' || state === 'underpaid') && fulfilment !== 'refund'
  const goodsWait = fulfilment === 'unknown' || fulfilment === 'failed' || fulfilment === 'partial'
  if (!moneyWaits && !goodsWait && fulfilment !== 'refund') {
    return `order ${orderId} is ${state} with fulfilment ${fulfilment}: there is nothing to decide`
  }
  if (decision === 'release' && releasedAt !== null) {
    return `order ${orderId} was released once already: give the money back (--refund-listed), or close it (--dismiss)`
  }
  if (decision === 'release' && !moneyWaits)
    return `order ${orderId} is ${state}: only a held, late or short-paid order can be released`
  if (decision === 'refund-listed' && fulfilment === 'refund') return `order ${orderId} is listed for refund already`
  return null
}

/** The order after the decision, before anything is let go. */
export function decided(order: Order, decision: Decision, now: number): Order {
  switch (decision) {
    case 'release':
      return {
        ...order,
        state: 'paid',
        fulfilment: 'none',
        paidAt: order.paidAt ?? now,
        closedAt: order.closedAt ?? now,
      }
    case 'refund-listed':
      return { ...order, fulfilment: 'refund', closedAt: order.closedAt ?? now }
    case 'dismiss':
      return { ...order, fulfilment: 'none', closedAt: order.closedAt ?? now }
  }
}
