import { ERROR_MESSAGES, type ErrorCode } from '../../../protocol/errors.ts'
import type { OrderMessage, PaymentMessage, ToldError } from '../../../protocol/local/down.ts'
import { clipped, fitted } from '../../../protocol/local/fitted.ts'
import type { Device, NewDelivery, Order, Payment } from '../../ledger/model.ts'
import { bytesOfPacket, delivery, seconds, type Telling } from './profile.ts'

/** A closed order is news for a minute; after that a screen is better served by its present state. */
export const NEWS_MS = 60_000
/** Whoever asked for an order hears how it ended, also the next day. */
export const ASKER_MS = 24 * 3_600_000
/** Whole packets. Of what others wrote, only a QR code cannot be shortened; a longer one than fits is refused when it comes. */
export const ORDER_BYTES = 1024
export const PAYMENT_BYTES = 512
/** Of the words of an error. */
const ERROR_BYTES = 200

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
      : { error: toldError(order.errorCode, order.errorMessage ?? ERROR_MESSAGES[order.errorCode].en) }),
  }
}

/** An error in words that fit every message. */
export function toldError(code: ErrorCode, message: string): ToldError {
  return { code, message: clipped(message, ERROR_BYTES) }
}

/** A code that is not to be paid any more must not be on any screen. */
function isPayable({ state }: Order): boolean {
  return state === 'awaiting_payment' || state === 'underpaid'
}

/** `down/order` for this device: an open order until its time is over, a closed one while it is news. */
export function tellOrder(order: Order, device: Device, telling: Telling): readonly NewDelivery[] {
  const whole = orderMessage(order)
  if (whole === null) return []
  const message = fitted(whole, ['qrWarning', 'content'], ORDER_BYTES, body =>
    bytesOfPacket(device, 'order', body, telling),
  )
  const expiresAt = Math.max(
    isPayable(order) ? order.expiresAt : 0,
    telling.now + (order.deviceId === device.deviceId ? ASKER_MS : NEWS_MS),
  )
  return [delivery(device, 'order', { orderId: order.orderId }, message, expiresAt, telling)]
}

/**
 * How a payment is told to a screen or a till; `expected` is what its order asked for. What the bank wrote is shortened to fit, the
 * reference only after the content; `paymentId` is what it is booked by.
 */
export function paymentMessage(
  payment: Payment,
  order: Order | null,
  device: Device,
  telling: Telling,
): PaymentMessage {
  const whole: PaymentMessage = {
    paymentId: payment.paymentId,
    referenceNumber: payment.referenceNumber,
    ...(order === null ? {} : { orderId: order.orderId, expected: order.amount }),
    amount: payment.amount,
    match: payment.match ?? 'none',
    paidAt: seconds(payment.receivedAt),
    content: payment.content,
  }
  const bytesOf = (body: PaymentMessage): number => bytesOfPacket(device, 'payment', body, telling)
  return fitted(whole, ['content', 'referenceNumber'], PAYMENT_BYTES, bytesOf)
}
