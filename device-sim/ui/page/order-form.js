import { element, field, say } from './elements.js'
import { order } from './server.js'

/** What a cashier types in: an amount, what it is for, and the ticket of a customer who will be called. */
export function orderForm(deviceId, { amount, ticket }) {
  const sum = field('amount', { type: 'number', name: 'amount', min: 1, step: 1, required: '', value: amount })
  const content = field('contentField', { name: 'content', maxlength: 60, autocomplete: 'off' })
  const number = field('ticketField', { name: 'ticket', maxlength: 12, autocomplete: 'off', value: ticket ?? '' })
  const problem = element('p', { class: 'problem', role: 'alert' })
  const labels = [sum, content, ...(ticket === undefined ? [] : [number])].map(({ label }) => label)
  const create = element('button', { type: 'submit', class: 'main', 'data-word': 'create' })
  const form = element('form', {}, ...labels, create, problem)
  form.addEventListener('submit', async event => {
    event.preventDefault()
    const wish = { amount: sum.input.valueAsNumber }
    if (content.input.value.trim() !== '') wish.content = content.input.value.trim()
    if (ticket !== undefined && number.input.value.trim() !== '') wish.ticket = number.input.value.trim()
    const { ok, reason } = await order(deviceId, wish)
    say(problem, ok ? '' : reason)
    if (ok) number.input.value = following(number.input.value)
  })
  return form
}

/** `A009` is followed by `A010`; what has no number at its end stays. */
function following(ticket) {
  return ticket.replace(/\d+$/, digits => String(Number(digits) + 1).padStart(digits.length, '0'))
}
