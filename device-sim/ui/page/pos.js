import { card, element } from './elements.js'
import { orderForm } from './order-form.js'
import { OrderScreen, paymentWords } from './order-screen.js'

const SHOWN = 6

/** A till: it orders, and keeps the books of all money that came. */
export function pos({ deviceId }) {
  const screen = new OrderScreen(deviceId)
  const list = element('ol', { class: 'books', 'aria-live': 'polite' })
  const books = element('div', {}, element('h3', { 'data-word': 'payments' }), list)
  const frame = card('pos', deviceId, screen.element, orderForm(deviceId, { amount: 50000 }), books)
  let payments = []
  const row = payment => element('li', {}, `${paymentWords(payment)} · ${payment.referenceNumber}`)
  const render = () => {
    screen.render()
    const empty = element('li', { class: 'empty', 'data-word': 'nothingYet' })
    list.replaceChildren(...(payments.length === 0 ? [empty] : payments.map(row)))
  }
  return {
    ...frame,
    take(effect) {
      screen.take(effect)
      if (effect.effect !== 'screen' || effect.view !== 'payment') return
      payments = [effect, ...payments].slice(0, SHOWN)
      render()
    },
    render,
    tick: () => screen.tick(),
    forget: () => screen.forget(),
  }
}
