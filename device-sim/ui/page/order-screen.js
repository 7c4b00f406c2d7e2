import { button, element, qrPicture, say } from './elements.js'
import { press } from './server.js'
import { money, words } from './words.js'

const OPEN = ['awaiting_payment', 'underpaid']
/** How a screen looks: money that is missing or late never looks like success. */
const LOOKS = { paid: 'good', awaiting_payment: 'plain', cancelled: 'plain', expired: 'plain' }

/** The screen of a device that takes orders: the code with its countdown, what became of it, and the last thing it was told. */
export class OrderScreen {
  #order = null
  #payment = null
  #error = null
  #hostDown = false
  #until = null
  #shownCode = null
  #state = element('p', { class: 'state', role: 'status' })
  #code = element('div', { class: 'code' })
  #content = element('p', { class: 'content' })
  #timer = element('p', { class: 'timer', role: 'timer', 'aria-live': 'off' })
  #note = element('p', { class: 'note', role: 'status' })
  #cancel

  constructor(deviceId) {
    this.#cancel = button('cancel', async () => {
      const { ok, reason } = await press(deviceId, 'cancel')
      say(this.#note, ok ? '' : reason)
    })
    const parts = [this.#state, this.#code, this.#content, this.#timer, this.#note]
    this.element = element('div', { class: 'screen' }, ...parts, this.#cancel)
  }

  take(effect) {
    if (effect.effect !== 'screen') return
    if (effect.view === 'order') {
      if (this.#order?.orderId !== effect.orderId) this.#payment = null
      this.#order = effect
      this.#error = null
      // Both clocks are this machine's.
      this.#until = effect.secondsLeft === undefined ? null : Date.parse(effect.at) + effect.secondsLeft * 1000
    } else if (effect.view === 'payment') this.#payment = effect
    else if (effect.view === 'error') this.#error = effect.error
    else if (effect.view === 'link') {
      this.#hostDown = effect.host === 'down'
      if (this.#hostDown) this.#until = null
    }
    this.render()
  }

  /** The power went. */
  forget() {
    this.#order = null
    this.#payment = null
    this.#error = null
    this.#hostDown = false
    this.render()
  }

  render() {
    const look = this.#order === null ? 'plain' : (LOOKS[this.#order.state] ?? 'warn')
    this.element.dataset.look = this.#hostDown ? 'warn' : look
    say(this.#state, this.#stateWords())
    say(this.#content, this.#isOpen ? words('content', { content: this.#order.content }) : '')
    say(this.#note, this.#noteWords())
    this.#cancel.hidden = !this.#isOpen
    this.#renderCode()
    this.tick()
  }

  /** Once a second. */
  tick() {
    if (this.#until === null || !this.#isOpen) say(this.#timer, '')
    else say(this.#timer, words('left', { time: minutes(this.#until - Date.now()) }))
  }

  get #isOpen() {
    return this.#order !== null && OPEN.includes(this.#order.state)
  }

  #renderCode() {
    const picture = this.#isOpen && !this.#hostDown ? this.#order.picture : undefined
    this.element.dataset.code = picture === undefined ? '' : this.#order.qrCode
    const label = picture === undefined ? '' : words('code', { amount: money(this.#order.amount) })
    if (this.#shownCode !== picture) this.#code.replaceChildren(...(picture ? [qrPicture(picture, label)] : []))
    else this.#code.firstChild?.setAttribute('aria-label', label)
    this.#shownCode = picture
  }

  #stateWords() {
    if (this.#hostDown) return words('hostDown')
    if (this.#order === null) return words('ready')
    const { state, amount, received, error } = this.#order
    const values = { amount: money(amount), received: money(received), rest: money(amount - received) }
    return error === undefined ? words(state, values) : `${words(state, values)}: ${error.message} (${error.code})`
  }

  #noteWords() {
    if (this.#error !== null) return `${words('refused')}: ${this.#error.message} (${this.#error.code})`
    return this.#payment === null ? '' : paymentWords(this.#payment)
  }
}

/** A payment as a screen or a list names it. */
export function paymentWords({ match, amount }) {
  return words(match === 'late' ? 'lateMoney' : match, { amount: money(amount) })
}

function minutes(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
