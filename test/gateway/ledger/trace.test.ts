import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TakenPayment } from '../../../gateway/ledger/ledger.ts'
import { notice, openShop, rawNotice, T0, TERMINAL } from '../../support/shop.ts'

test('what devices were told about a payment without an order is found among all that came before and after', async () => {
  await using shop = await openShop()
  const { payments, deliveries } = shop.ledger
  const taken: TakenPayment[] = []
  for (let number = 0; number < 40; number += 1) {
    const fields = { referenceNumber: `FT-${number}`, amount: 1000 + number, orderId: '' }
    taken.push(await payments.takeBalanceChange(TERMINAL, notice(fields), rawNotice(fields, T0 + number * 30_000)))
  }
  for (const number of [0, 17, 39]) {
    const payment = taken[number]?.payment
    assert.ok(payment)
    const found = await deliveries.ofPayment(payment)
    assert.deepEqual(
      found.map(({ deviceId, paymentId }) => `${deviceId} ${paymentId}`),
      ['paybox-1', 'pos-1', 'sound-1'].map(deviceId => `${deviceId} ${payment.paymentId}`),
    )
  }
})

test('an order has all its money and all its messages, the oldest first', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 20_000)
  for (const [number, amount] of [5000, 15_000].entries()) {
    const fields = { referenceNumber: `FT-${number}`, amount, orderId }
    await shop.ledger.payments.takeBalanceChange(TERMINAL, notice(fields), rawNotice(fields, T0 + number))
  }
  const money = await shop.ledger.payments.ofOrder(orderId)
  assert.deepEqual(
    money.map(({ amount }) => amount),
    [5000, 15_000],
  )
  const told = await shop.ledger.deliveries.ofOrder(orderId)
  assert.ok(told.some(({ kind }) => kind === 'vend'))
  assert.deepEqual(
    told.map(({ seq }) => seq),
    told.map(({ seq }) => seq).toSorted((one, other) => one - other),
  )
})
