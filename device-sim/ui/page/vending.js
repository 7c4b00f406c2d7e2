import { card, element, say } from './elements.js'
import { OrderScreen } from './order-screen.js'
import { order } from './server.js'
import { money, words } from './words.js'

const PRODUCTS = [
  { item: 'A1', amount: 10000 },
  { item: 'A2', amount: 15000 },
  { item: 'A3', amount: 25000 },
  { item: 'A4', amount: 20000 },
]
/** More lie on top of each other. */
const ROOM = 8

/** A machine that drops a can, once for each time it is told to release goods. */
export function vending({ deviceId, released }) {
  const screen = new OrderScreen(deviceId)
  const problem = element('p', { class: 'problem', role: 'alert' })
  const prices = new Map()
  const keys = PRODUCTS.map(({ item, amount }) => {
    const price = element('span', { class: 'price' })
    prices.set(price, amount)
    const name = element('span', { class: 'product', 'data-word': item })
    const key = element('button', { type: 'button', 'data-item': item }, canPicture(item), name, price)
    key.addEventListener('click', async () => {
      const { ok, reason } = await order(deviceId, { amount, item })
      say(problem, ok ? '' : reason)
    })
    return key
  })
  const shelf = element('div', { class: 'shelf', role: 'group', 'data-word-label': 'products' }, ...keys)
  const cans = element('ol', { class: 'cans' })
  const fallen = element('p', { class: 'fallen', role: 'status' })
  const tray = element('div', { class: 'tray' }, element('h3', { 'data-word': 'tray' }), cans, fallen)
  const frame = card('vending', deviceId, shelf, problem, screen.element, tray)
  let count = released
  const render = () => {
    screen.render()
    for (const [price, amount] of prices) say(price, money(amount))
    say(fallen, count === 0 ? words('emptyTray') : words('fallen', { count }))
    frame.element.dataset.fallen = String(count)
  }
  return {
    ...frame,
    take(effect, live) {
      screen.take(effect)
      if (effect.effect !== 'dispense') return
      // What was released before the page came is in `released` already.
      if (live) count += 1
      const item = effect.item ?? ''
      cans.append(element('li', { class: live ? 'falls' : 'lies' }, canPicture(item), element('span', {}, item)))
      while (cans.children.length > ROOM) cans.firstChild.remove()
      render()
    },
    render,
    tick: () => screen.tick(),
    forget: () => screen.forget(),
  }
}

function canPicture(item) {
  const known = PRODUCTS.some(product => product.item === item)
  return element('span', { class: 'can', 'aria-hidden': 'true', 'data-colour': known ? item : 'other' })
}
