import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pairAnswer } from '../../../gateway/orders/pairing.ts'
import { vnd } from '../../../protocol/money.ts'

const first = { orderId: 'ORDER1', amount: vnd(25_000), content: 'CAPHE' }
const second = { orderId: 'ORDER2', amount: vnd(25_000), content: 'TRADA' }
const anonymous = { orderId: null, additionalData1: null, amount: vnd(25_000), content: 'VQR0123456789 CAPHE' }

test('an answer belongs to the order it names', () => {
  assert.equal(pairAnswer({ ...anonymous, orderId: 'ORDER2' }, [first, second]), second)
})

test('without an order id, the one in additionalData counts', () => {
  assert.equal(pairAnswer({ ...anonymous, additionalData1: 'ORDER2' }, [first, second]), second)
})

test('an order id that is not waiting pairs with nobody, even if the amount fits', () => {
  assert.equal(pairAnswer({ ...anonymous, orderId: 'ELSEWHERE' }, [first]), null)
})

test('a nameless answer pairs with the only order that waits, by amount and the end of its content', () => {
  assert.equal(pairAnswer(anonymous, [first]), first)
  assert.equal(pairAnswer({ ...anonymous, additionalData1: 'AdditionalInfo1' }, [first]), first)
  assert.equal(pairAnswer({ ...anonymous, amount: vnd(26_000) }, [first]), null)
  assert.equal(pairAnswer({ ...anonymous, amount: null }, [first]), null)
  assert.equal(pairAnswer(anonymous, [second]), null)
})

test('an answer that names an older order of ours in additionalData is not for the one that waits', () => {
  assert.equal(pairAnswer({ ...anonymous, additionalData1: '7K2M9QXW4T8ZC' }, [first]), null)
})

test('a nameless answer pairs with nobody while two orders wait: the order of arrival proves nothing', () => {
  assert.equal(pairAnswer(anonymous, [first, second]), null)
})
