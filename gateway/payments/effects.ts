import type { PaymentMatch } from '../../protocol/local/down.ts'
import { type Vnd, vnd } from '../../protocol/money.ts'
import type { Announcement } from '../../protocol/voice/announcement.ts'
import type { Device, Order } from '../ledger/model.ts'

/**
 * What one settled credit does to its order: the sums, the state, and what is said about it.
 *
 * The sum decides: `under` and `over` compare all money so far with what was asked, so 10 000 + 15 000 for 25 000 is
 * under, then exact. Only an order whose time is not over can be completed. Money after that is `late`: within the grace of an
 * expired order it makes the order late, so that a person may still release it; later, and after a cancellation or a
 * failure, the order keeps its state and the money is listed for refund. Nothing late releases anything by itself.
 */

/** When a lookup must agree with a balance change: before nothing, before goods and calls leave, or before anybody is told. */
export type ConfirmPolicy = 'never' | 'release' | 'always'

export interface Effect {
  readonly match: PaymentMatch
  /** The order as it stands after the payment; null for a payment without one. */
  readonly order: Order | null
  readonly announcement: Announcement
  /** Whether devices have to be told the order's state anew. */
  readonly orderChanged: boolean
  /** Whether this payment is the one that made the order paid. */
  readonly completes: boolean
}

/**
 * `receivedAt`, when the money was first heard of, decides whether it came in time; it may have waited for its confirmation until `now`.
 * All in milliseconds.
 */
export function effectOf(
  amount: Vnd,
  order: Order | null,
  receivedAt: number,
  now: number,
  lateGraceMs: number,
): Effect {
  if (order === null) {
    return {
      match: 'none',
      order: null,
      announcement: { kind: 'paid', amount },
      orderChanged: false,
      completes: false,
    }
  }
  // A forged balance change of the largest amount must not be able to overflow the sum.
  const received = vnd(Math.min(order.received + amount, 999_999_999_999))
  switch (order.state) {
    case 'requested':
    case 'awaiting_payment':
    case 'underpaid':
    case 'expired':
      return receivedAt > order.expiresAt
        ? late(order, amount, received, receivedAt, lateGraceMs)
        : inTime({ ...order, received }, now)
    case 'paid':
    case 'held':
      return {
        match: received < order.amount ? 'under' : received === order.amount ? 'exact' : 'over',
        order: { ...order, received },
        announcement:
          received < order.amount
            ? { kind: 'short', amount: received, expected: order.amount }
            : { kind: 'paid', amount, ...(amount < order.amount ? {} : { expected: order.amount }) },
        orderChanged: false,
        completes: false,
      }
    case 'late':
    case 'cancelled':
    case 'failed':
      return late(order, amount, received, receivedAt, lateGraceMs)
  }
}

function inTime(order: Order, now: number): Effect {
  if (order.received < order.amount) {
    return {
      match: 'under',
      order: { ...order, state: 'underpaid' },
      announcement: { kind: 'short', amount: order.received, expected: order.amount },
      orderChanged: true,
      completes: false,
    }
  }
  return {
    match: order.received === order.amount ? 'exact' : 'over',
    order: { ...order, state: 'paid', paidAt: now, closedAt: now },
    announcement: { kind: 'paid', amount: order.received, expected: order.amount },
    orderChanged: true,
    completes: true,
  }
}

function late(order: Order, amount: Vnd, received: Vnd, now: number, lateGraceMs: number): Effect {
  const ranOut = order.state !== 'cancelled' && order.state !== 'failed'
  const inGrace = ranOut && now <= order.expiresAt + lateGraceMs
  const changed: Order = inGrace
    ? { ...order, received, state: 'late', closedAt: order.closedAt ?? now }
    : { ...order, received, fulfilment: 'refund', closedAt: order.closedAt ?? now }
  return {
    match: 'late',
    order: changed,
    announcement: { kind: 'late', amount },
    orderChanged: changed.state !== order.state,
    completes: false,
  }
}

/** Whether a paid order lets something go that cannot be taken back: goods of a machine, or a call to the counter. */
export function releasesSomething(order: Order, asker: Device | null): boolean {
  return order.ticket !== null || isMachine(asker)
}

/** Whether goods come out of it, once it is told to. */
export function isMachine(device: Device | null): boolean {
  return device?.kind === 'vending' || device?.kind === 'vietqr-vending'
}
