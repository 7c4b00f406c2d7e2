import { button, card, element, say } from './elements.js'
import { press } from './server.js'
import { speak } from './voice.js'
import { language, words } from './words.js'

const KEYS = ['next', 'recall', 'serve', 'skip', 'pause', 'resume']
const SHOWN = 4

/** The display of a counter that calls tickets, and its keys. */
export function countercall({ deviceId }) {
  const ticket = element('strong', { class: 'ticket' })
  const counter = element('strong', { class: 'counter' })
  const numbers = element(
    'div',
    { class: 'numbers', 'aria-hidden': 'true' },
    element('div', {}, element('span', { 'data-word': 'ticket' }), ticket),
    element('div', {}, element('span', { 'data-word': 'counter' }), counter),
  )
  const text = element('p', { class: 'spoken', role: 'status' })
  const problem = element('p', { class: 'problem', role: 'alert' })
  const pushed = async key => {
    const { ok, reason } = await press(deviceId, key)
    say(problem, ok ? '' : reason)
  }
  const keys = element('div', { class: 'keys' }, ...KEYS.map(key => button(key, () => pushed(key))))
  const list = element('ol', { class: 'earlier' })
  const before = element('div', {}, element('h3', { 'data-word': 'called' }), list)
  const frame = card('countercall', deviceId, element('div', { class: 'board' }, numbers, text), keys, problem, before)
  let calls = []
  const render = () => {
    const [last, ...others] = calls
    say(ticket, last?.ticket ?? '–')
    say(counter, last?.counter ?? '–')
    say(text, last?.text ?? words('noCall'))
    before.hidden = others.length === 0
    list.replaceChildren(...others.map(call => element('li', {}, call.text)))
  }
  return {
    ...frame,
    take(effect, live) {
      if (effect.effect === 'screen' && effect.view === 'error') {
        say(problem, `${words('refused')}: ${effect.error.message} (${effect.error.code})`)
      }
      if (effect.effect !== 'call') return
      calls = [effect, ...calls].slice(0, SHOWN)
      render()
      if (live) speak(effect.text, spokenLanguage(effect.text))
    },
    render,
    tick() {},
  }
}

/** A call does not say its language; Vietnamese has letters no other language has. */
function spokenLanguage(text) {
  if (/[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/i.test(text)) return 'vi'
  return /^[\x20-\x7e]*$/.test(text) ? 'en' : language()
}
