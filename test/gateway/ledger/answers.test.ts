import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openShop, pay, T0 } from '../../support/shop.ts'

test('done ends the delivery that is at hand, and it alone', async () => {
  await using shop = await openShop()
  const { deliveries } = shop.ledger
  await pay(shop, { referenceNumber: 'FT1' }, T0)
  await pay(shop, { referenceNumber: 'FT2' }, T0)
  const [first, second] = await deliveries.open('sound-1', 10)
  const ack = { id: first?.id ?? '', status: 'done' } as const
  const ended = await deliveries.noteAcknowledgement('sound-1', ack, T0 + 500, first ?? null)
  assert.deepEqual([ended?.id, ended?.state, ended?.endedAt], [first?.id, 'done', T0 + 500])
  assert.deepEqual(await deliveries.open('sound-1', 10), [second])
})

test('what has ended meanwhile stays as it is, also when whoever answers knows it as open', async () => {
  await using shop = await openShop()
  const { deliveries } = shop.ledger
  const { payment } = await pay(shop, {}, T0)
  const [open] = await deliveries.open('sound-1', 1)
  await deliveries.end(open?.id ?? '', 'expired', 'too late', T0 + 100)
  const ack = { id: open?.id ?? '', status: 'done' } as const
  const answered = await deliveries.noteAcknowledgement('sound-1', ack, T0 + 500, open ?? null)
  assert.deepEqual([answered?.state, answered?.endedAt], ['expired', T0 + 100])
  const told = await deliveries.ofPayment(payment ?? assert.fail())
  assert.equal(told.find(({ id }) => id === open?.id)?.state, 'expired')
})
