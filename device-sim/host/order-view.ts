import { isoWithOffset } from '../../protocol/time.ts'
import { isOpen, isPaid, type Order } from './orders.ts'

/** An order as people are shown it. */
export function orderView(order: Order) {
  const { orderId, terminalCode, bankAccount, amount, content, qrCode, transaction, createdAt } = order
  return {
    orderId,
    terminalCode,
    bankAccount,
    amount,
    content,
    qrCode,
    stored: transaction !== null,
    paid: isPaid(order),
    cancelled: !isPaid(order) && !isOpen(order),
    createdAt: isoWithOffset(createdAt),
  }
}
