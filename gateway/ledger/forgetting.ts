import type { Order } from './model.ts'

/** What the ledger knows about an order besides itself; times in epoch milliseconds. */
export interface OrderPast {
  readonly order: Order
  /** When the last money for it came. */
  readonly lastMoneyAt: number | null
  /** When a person last decided about it. */
  readonly decidedAt: number | null
}

/**
 * Whether an order and its payments may be forgotten: everything about it happened before then, it has ended, and nobody
 * has anything left to decide about it, however old it is.
 */
export function mayBeForgotten({ order, lastMoneyAt, decidedAt }: OrderPast, before: number): boolean {
  const lastly = Math.max(order.createdAt, order.closedAt ?? order.expiresAt, lastMoneyAt ?? 0, decidedAt ?? 0)
  if (lastly >= before) return false
  switch (order.fulfilment) {
    case 'pending':
    case 'held':
    case 'refund':
    case 'unknown':
    case 'failed':
    case 'partial':
      return false
    case 'none':
    case 'released':
    case 'done':
      break
  }
  switch (order.state) {
    case 'requested':
    case 'awaiting_payment':
      return false
    case 'underpaid':
    case 'late':
    case 'held':
      // Closed by a person, and no money has come since.
      return decidedAt !== null && decidedAt >= (lastMoneyAt ?? 0)
    case 'paid':
    case 'expired':
    case 'cancelled':
    case 'failed':
      return true
  }
}
