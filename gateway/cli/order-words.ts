import type { OrderView } from '../control/views.ts'
import type { Column } from './table.ts'
import { details, harmless, moment, money } from './text.ts'

/** Orders as people read them. */

export const orderColumns: readonly Column<OrderView>[] = [
  { title: 'ORDER', value: ({ orderId }) => orderId },
  { title: 'CREATED', value: ({ createdAt }) => moment(createdAt), spare: 1 },
  { title: 'AMOUNT', value: ({ amount }) => money(amount), align: 'right' },
  { title: 'RECEIVED', value: ({ received }) => money(received), align: 'right', spare: 4 },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'FULFILMENT', value: ({ fulfilment }) => fulfilment, spare: 3 },
  { title: 'TERMINAL', value: ({ terminalCode }) => terminalCode, spare: 2 },
  { title: 'CONTENT', value: ({ content }) => content, spare: 5, free: true },
]

export function orderInWords({ error, ...order }: OrderView): string {
  return details(
    Object.entries({
      ...order,
      amount: money(order.amount),
      received: money(order.received),
      createdAt: moment(order.createdAt),
      expiresAt: moment(order.expiresAt),
      paidAt: moment(order.paidAt),
      ...(error === undefined ? {} : { error: `${error.code}: ${error.message}` }),
    }),
  )
}

/** What a cashier needs to have an order paid. `draw` makes a picture of the QR code. */
export function paymentRequest(order: OrderView, draw: (text: string) => string): string {
  const { qrCode, qrWarning, amount, content, expiresAt, orderId, state } = order
  return [
    ...(qrCode === null ? [] : [draw(qrCode), '']),
    harmless(money(amount)),
    ...(qrWarning === undefined ? [] : [`warning: ${harmless(qrWarning)}`]),
    details([
      ['content', content],
      ['valid until', moment(expiresAt)],
      ['order', orderId],
      ['state', state],
    ]),
  ].join('\n')
}
