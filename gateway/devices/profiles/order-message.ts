import { ERROR_MESSAGES } from '../../../protocol/errors.ts'
import type { OrderMessage, PaymentMessage } from '../../../protocol/local/down.ts'
import type { Device, NewDelivery, Order, Payment } from '../../ledger/model.ts'
import { delivery, seconds, type Telling } from './profile.ts'

/** A closed order is news for a minute; after that a screen is better served by its present state. */
const NEWS_MS = 60_000
/** Whoever asked for an order hears how it ended, also the next day. */
const ASKER_MS = 24 * 3_600_000

/** How an order is told to a device, or null while there is nothing to tell (no QR yet). */
function orderMessage(order: Order): OrderMessage | null {
  if (order.state === 'requested') return null
  return {
    ...(order.requestId === null ? {} : { requestId: order.requestId }),
    orderId: order.orderId,
    state: order.state,
    amount: order.amount,
    received: order.received,
    content: order.qrContent ?? order.content,
    ...(order.qrCode !== null && isPayable(order) ? { qrCode: order.qrCode } : {}),
    ...(order.qrWarning !== null && isPayable(order) ? { qrWarning: order.qrWarning } : {}),
    expiresAt: seconds(order.expiresAt),
    ...(order.errorCode === null
      ? {}
      : { error: { code: order.errorCode, message: order.errorMessage ?? ERROR_MESSAGES[order.errorCode].en } }),
  }
}

/** A code that is not to be paid any more must not be on any screen. */
function isPayable({ state }: Order): boolean {
  return state === 'awaiting_payment' || state === 'underpaid'
}

/** `down/order` for this device: an open order until its time is over, a closed one while it is news. */
export function tellOrder(order: Order, device: Device, telling: Telling): readonly NewDelivery[] {
  const message = orderMessage(order)
  if (message === null) return []
  const expiresAt = Math.max(
    isPayable(order) ? order.expiresAt : 0,
    telling.now + (order.deviceId === device.deviceId ? ASKER_MS : NEWS_MS),
  )
  return [delivery(device, 'order', { orderId: order.orderId }, message, expiresAt, telling)]
}

/** How a payment is told to a screen or a till; `expected` is what its order asked for. */
export function paymentMessage(payment: Payment, order: Order | null): PaymentMessage {
  return {
    paymentId: payment.paymentId,
    referenceNumber: payment.referenceNumber,
    ...(order === null ? {} : { orderId: order.orderId, expected: order.amount }),
    amount: payment.amount,
    match: payment.match ?? 'none',
    paidAt: seconds(payment.receivedAt),
    content: payment.content,
  }
}
