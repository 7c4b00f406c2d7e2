import { type HostContext, storedTime } from './context.ts'
import type { Order, Transaction } from './orders.ts'

type NewOrder = Omit<Order, 'createdAt' | 'transaction' | 'storing'>

/** A code that can be paid from now on, whether or not VietQR stores it. */
export function issueOrder({ now, orders, events }: HostContext, made: NewOrder): Order {
  const order: Order = { ...made, createdAt: now(), transaction: null, storing: Promise.resolve() }
  orders.issue(order)
  events.emit('issued', order)
  return order
}

interface Stored {
  readonly amount: number
  readonly transType: string
  readonly note: string | null
}

/** VietQR's record of an order nobody has paid. */
export function storeOrder(host: HostContext, order: Order, { amount, transType, note }: Stored): void {
  const timeCreated = storedTime(host, order.createdAt)
  const transaction: Transaction = {
    bankAccount: order.bankAccount,
    orderId: order.orderId,
    amount,
    content: order.content,
    transType,
    terminalCode: order.terminalCode ?? '',
    note: note ?? '',
    type: 0,
    timeCreated,
    referenceNumber: '',
    status: 0,
    timePaid: order.flow === 'mms' ? timeCreated : 0,
    amountReversed: 0,
  }
  order.transaction = transaction
  host.orders.store(transaction)
  host.events.emit('stored', order)
}

/** The text by which a payment to a plain account finds its order (VietQR server source). */
export function traceToken({ random }: HostContext): string {
  return `VQR${random.hex(10)}`
}
