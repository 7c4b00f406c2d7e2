import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AnswerTraits, pairAnswer, type WaitingOrder } from '../../../gateway/orders/pairing.ts'
import { vnd } from '../../../protocol/money.ts'

/** Few values, so that orders look alike as often as they can. */
const orderId = fc.constantFrom('A1', 'B2', 'C3', 'D4', 'E5')
const amount = fc.constantFrom(10_000, 20_000).map(vnd)
const content = fc.constantFrom('CAPHE', 'TRA', 'CAPHEDA')

const waiting: fc.Arbitrary<WaitingOrder[]> = fc.uniqueArray(fc.record({ orderId, amount, content }), {
  selector: order => order.orderId,
  maxLength: 5,
})
const answers: fc.Arbitrary<AnswerTraits> = fc.record({
  orderId: fc.option(fc.oneof(orderId, fc.constant(''))),
  additionalData1: fc.option(orderId),
  amount: fc.option(amount),
  content: content.map(text => `VQR0123456789 ${text}`),
})

test('an answer goes to the order it names, or to nobody', () => {
  fc.assert(
    fc.property(waiting, answers, (orders, answer) => {
      const found = pairAnswer(answer, orders)
      const named = answer.orderId || answer.additionalData1
      if (answer.orderId) assert.equal(found?.orderId ?? null, orders.some(has(answer.orderId)) ? answer.orderId : null)
      else if (named && orders.some(has(named))) assert.equal(found?.orderId, named)
    }),
  )
})

test('an answer without a name goes to the only order that waits, if its amount and text fit', () => {
  fc.assert(
    fc.property(waiting, answers, (orders, said) => {
      const answer = { ...said, orderId: null, additionalData1: null }
      const [only] = orders
      const fits =
        orders.length === 1 && only?.amount === answer.amount && answer.content.endsWith(only?.content ?? 'no text')
      assert.equal(pairAnswer(answer, orders), fits ? only : null)
    }),
  )
})

test('in what order they were asked decides nothing', () => {
  fc.assert(
    fc.property(waiting, answers, (orders, answer) => {
      assert.equal(pairAnswer(answer, orders), pairAnswer(answer, orders.toReversed()))
    }),
  )
})

function has(orderId: string): (order: WaitingOrder) => boolean {
  return order => order.orderId === orderId
}
