import { card } from './elements.js'
import { orderForm } from './order-form.js'
import { OrderScreen } from './order-screen.js'

/** A screen beside the cash desk, and the cashier who types the amount. */
export function paybox({ deviceId }) {
  const screen = new OrderScreen(deviceId)
  const form = orderForm(deviceId, { amount: 35000, ticket: 'A001', counter: '1' })
  const frame = card('paybox', deviceId, screen.element, form)
  return {
    ...frame,
    take: effect => screen.take(effect),
    render: () => screen.render(),
    tick: () => screen.tick(),
    forget: () => screen.forget(),
  }
}
