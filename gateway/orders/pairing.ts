import { isOrderId } from '../../protocol/ids.ts'
import type { Vnd } from '../../protocol/money.ts'

/** What of an order that waits for its QR decides whether an answer is its own. */
export interface WaitingOrder {
  readonly orderId: string
  readonly amount: Vnd
  readonly content: string
}

/** What of the host's answer can name its question; the protocol has no correlation id. */
export interface AnswerTraits {
  readonly orderId: string | null
  readonly additionalData1: string | null
  readonly amount: Vnd | null
  readonly content: string
}

/**
 * Which of the waiting orders of a terminal an answer belongs to, or null: by order id; else by the order id in
 * `additionalData`; else, when exactly one is waiting, by equal amount with our content at the end of the answer's
 * (the host puts its own token in front). Never by order of arrival: a refused request has no answer, and the next answer
 * would be shown to the wrong customer.
 */
export function pairAnswer<T extends WaitingOrder>(answer: AnswerTraits, waiting: readonly T[]): T | null {
  if (answer.orderId !== null && answer.orderId !== '') return byId(answer.orderId, waiting)
  const named = answer.additionalData1 === null ? null : byId(answer.additionalData1, waiting)
  // An id of ours that waits no more belongs to an older order, never to the one that waits now.
  if (named !== null || isOrderId(answer.additionalData1 ?? '')) return named
  const [only, ...others] = waiting
  if (only === undefined || others.length > 0) return null
  return only.amount === answer.amount && answer.content.endsWith(only.content) ? only : null
}

function byId<T extends WaitingOrder>(orderId: string, waiting: readonly T[]): T | null {
  return waiting.find(order => order.orderId === orderId) ?? null
}
