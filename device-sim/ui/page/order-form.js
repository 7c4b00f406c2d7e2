import { element, field, say } from './elements.js'
import { order } from './server.js'

/** What a cashier types in: an amount, what it is for, and where a customer with a ticket is called when the money came. */
export function orderForm(deviceId, { amount, ticket, counter }) {
  const sum = field('amount', { type: 'number', name: 'amount', min: 1, step: 1, required: '', value: amount })
  const texts = [field('contentField', { name: 'content', maxlength: 60, autocomplete: 'off' })]
  const number = field('ticketField', { name: 'ticket', maxlength: 12, autocomplete: 'off', value: ticket ?? '' })
  const desk = field('counter', { name: 'counter', maxlength: 8, autocomplete: 'off', value: counter ?? '' })
  if (ticket !== undefined) texts.push(number, desk)
  const problem = element('p', { class: 'problem', role: 'alert' })
  const create = element('button', { type: 'submit', class: 'main', 'data-word': 'create' })
  const form = element('form', {}, sum.label, ...texts.map(({ label }) => label), create, problem)
  form.addEventListener('submit', async event => {
    event.preventDefault()
    const typed = texts.map(({ input }) => [input.name, input.value.trim()]).filter(([, value]) => value !== '')
    const { ok, reason } = await order(deviceId, { amount: sum.input.valueAsNumber, ...Object.fromEntries(typed) })
    say(problem, ok ? '' : reason)
    if (ok) number.input.value = following(number.input.value)
  })
  return form
}

/** `A009` is followed by `A010`; what has no number at its end stays. */
function following(ticket) {
  return ticket.replace(/\d+$/, digits => String(Number(digits) + 1).padStart(digits.length, '0'))
}
