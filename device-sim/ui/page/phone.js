import { button, card, element, field, say } from './elements.js'
import { ask } from './server.js'
import { money, words } from './words.js'

/** The phone of a customer, who sees every code on every screen and pays as customers do. */
export function phone(screensWith) {
  const select = element('select', { id: 'codes' })
  const codes = element('label', {}, element('span', { 'data-word': 'codes' }), select)
  const sum = field('otherAmount', { type: 'number', name: 'amount', min: 1, step: 1, value: 5000 })
  const receipt = element('p', { class: 'receipt', role: 'status' })
  let offered = []
  let written = ''
  let receiptWords = () => ''
  const tell = (look, text) => {
    receiptWords = text
    receipt.dataset.look = look
    say(receipt, text())
  }
  const asked = async (path, body) => {
    const { ok, answer, reason } = await ask(path, body)
    if (!ok) return tell('warn', () => reason)
    const receipts = [answer].flat()
    tell('good', () =>
      receipts
        .map(({ amount, referenceNumber }) => words('sent', { amount: money(amount), reference: referenceNumber }))
        .join('\n'),
    )
  }
  const amountTyped = () => {
    const amount = sum.input.valueAsNumber
    if (Number.isSafeInteger(amount) && amount >= 1) return amount
    tell('warn', () => words('wantsAmount'))
    sum.input.focus()
    return null
  }
  const less = () => {
    const amount = amountTyped()
    if (amount === null) return
    const code = offered.find(({ qrCode }) => qrCode === select.value)
    if (code?.amount != null && amount >= code.amount) return tell('warn', () => words('lessThanCode'))
    return asked('/pay-less', { qrCode: select.value, amount })
  }
  const unmatched = () => {
    const amount = amountTyped()
    return amount === null ? undefined : asked('/pay-unmatched', { amount })
  }
  const ofCode = [
    button('payFull', () => asked('/pay', { qrCode: select.value }), { class: 'main' }),
    button('payTwice', () => asked('/pay-twice', { qrCode: select.value })),
    button('payLess', less),
  ]
  const free = button('payUnmatched', unmatched)
  const keys = [element('div', { class: 'keys' }, ...ofCode.slice(0, 2)), sum.label]
  const frame = card('phone', 'phone', codes, ...keys, element('div', { class: 'keys' }, ofCode[2], free), receipt)

  const choiceOf = code => {
    const screens = screensWith(code.qrCode)
    return { value: code.qrCode, seen: screens.length > 0, label: labelOf(code, screens) }
  }
  const labelOf = ({ amount, content }, screens) => {
    const where = screens.length === 0 ? words('offScreen') : words('onScreen', { devices: screens.join(', ') })
    return [amount === null ? '' : money(amount), content, where].filter(part => part !== '').join(' · ')
  }
  const render = () => {
    const before = select.value
    const first = select.options[0]?.value ?? ''
    const codesThere = offered.map(choiceOf)
    // First what a customer has before them; what has gone from the screens can still be paid, as at a bank.
    const choices = [...codesThere.filter(({ seen }) => seen), ...codesThere.filter(({ seen }) => !seen)]
    if (choices.length === 0) choices.push({ value: '', label: words('noCodes') })
    // An open list would close whenever it is written anew.
    if (JSON.stringify(choices) !== written) {
      written = JSON.stringify(choices)
      select.replaceChildren(...choices.map(({ value, label }) => element('option', { value }, label)))
      // Who looked at the first code goes on doing so; who chose another one keeps it.
      if (before !== first && choices.some(({ value }) => value === before)) select.value = before
    }
    for (const key of ofCode) key.disabled = offered.length === 0
    say(receipt, receiptWords())
  }
  return {
    ...frame,
    offer(list) {
      offered = list
      render()
    },
    render,
  }
}
