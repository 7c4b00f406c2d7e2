import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openShop, pay, type Shop, T0 } from '../../support/shop.ts'

const LATER = T0 + 120_000

async function held(shop: Shop) {
  const { orderId } = await shop.order('vending-1', 25_000, { item: 'A1' })
  await pay(shop, { orderId })
  await shop.ledger.orders.hold(orderId, T0 + 61_000)
  return orderId
}

async function vends(shop: Shop): Promise<number> {
  return (await shop.told('vending-1')).filter(({ delivery }) => delivery.kind === 'vend').length
}

test('a held order that a person releases lets the goods go, once', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const orderId = await held(shop)
  const decided = await shop.ledger.orders.decide(orderId, 'release', 'seen in the bank app', LATER)
  assert.deepEqual([decided?.refusal, decided?.order.state], [null, 'paid'])
  assert.ok(decided?.told.includes('vending-1'))
  assert.equal(await vends(shop), 1)
  const again = await shop.ledger.orders.decide(orderId, 'release', 'again', LATER)
  assert.notEqual(again?.refusal, null)
  assert.equal(await vends(shop), 1)
})

test('late and short-paid orders can be released, listed for refund, or dismissed', async () => {
  await using shop = await openShop()
  const late = await shop.order('vending-1', 25_000)
  await shop.ledger.orders.expire(T0 + 300_001)
  await pay(shop, { orderId: late.orderId, referenceNumber: 'FT1' }, T0 + 360_000)
  assert.equal((await shop.ledger.orders.decide(late.orderId, 'release', 'customer waits', LATER))?.order.state, 'paid')
  assert.equal(await vends(shop), 1)

  const short = await shop.order('vending-1', 25_000)
  await pay(shop, { orderId: short.orderId, amount: 1_000, referenceNumber: 'FT2' })
  const refund = await shop.ledger.orders.decide(short.orderId, 'refund-listed', 'customer left', LATER)
  assert.deepEqual([refund?.order.state, refund?.order.fulfilment], ['underpaid', 'refund'])
  const dismissed = await shop.ledger.orders.decide(short.orderId, 'dismiss', 'given back in cash', LATER)
  assert.equal(dismissed?.order.fulfilment, 'none')
  assert.equal(await vends(shop), 1)
})

test('goods in doubt are never released again, only refunded or closed', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  await pay(shop, { orderId })
  const [vend] = (await shop.told('vending-1')).filter(({ delivery }) => delivery.kind === 'vend')
  const { id, seq } = vend?.delivery ?? assert.fail()
  await shop.ledger.deliveries.noteSent({ seq }, T0 + 2000)
  await shop.ledger.deliveries.end(id, 'unknown', 'silence', T0 + 90_000)
  assert.equal((await shop.ledger.orders.get(orderId))?.fulfilment, 'unknown')
  assert.match(
    (await shop.ledger.orders.decide(orderId, 'release', 'x', LATER))?.refusal ?? '',
    /released once already/,
  )
  assert.equal((await shop.ledger.orders.decide(orderId, 'refund-listed', 'x', LATER))?.order.fulfilment, 'refund')
})

test('an order that needs nobody is not decided about', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('pos-1', 25_000)
  for (const decision of ['release', 'refund-listed', 'dismiss'] as const) {
    assert.match((await shop.ledger.orders.decide(orderId, decision, 'x', LATER))?.refusal ?? '', /nothing to decide/)
  }
  assert.equal(await shop.ledger.orders.decide('NOSUCHORDER', 'dismiss', 'x', LATER), null)
})

test('the list for a person has what was not decided and what is to be given back, and nothing else', async () => {
  await using shop = await openShop()
  const list = async (now: number): Promise<string[]> =>
    (await shop.ledger.orders.forPeople({ limit: -1 }, now)).map(({ orderId }) => orderId)
  const created = (n: number) => ({ createdAt: T0 + n, expiresAt: T0 + 300_000 })
  const paid = await shop.order('pos-1', 25_000, created(1))
  const short = await shop.order('pos-1', 25_000, created(2))
  const late = await shop.order('pos-1', 25_000, created(3))
  const jammed = await shop.order('vending-1', 25_000, created(4))
  const refunded = await shop.order('pos-1', 25_000, created(5))
  await pay(shop, { orderId: paid.orderId, referenceNumber: 'FT1' })
  await pay(shop, { orderId: short.orderId, referenceNumber: 'FT2', amount: 200 })
  await pay(shop, { orderId: jammed.orderId, referenceNumber: 'FT3' })
  assert.deepEqual(await list(T0 + 2000), [])
  await shop.ledger.orders.noteResult('vending-1', { orderId: jammed.orderId, result: 'partial' })
  await shop.ledger.orders.cancel(refunded.orderId, null, T0 + 2000)
  await pay(shop, { orderId: refunded.orderId, referenceNumber: 'FT4' })
  await pay(shop, { orderId: late.orderId, referenceNumber: 'FT5' }, T0 + 300_001)
  const { orderId } = short
  assert.deepEqual(
    await list(T0 + 300_000),
    [refunded, jammed, late].map(order => order.orderId),
    'the rest may still come',
  )
  assert.deepEqual(
    await list(T0 + 300_001),
    [refunded, jammed, late, short].map(order => order.orderId),
  )
  for (const each of [late, jammed]) await shop.ledger.orders.decide(each.orderId, 'dismiss', 'settled', T0 + 300_002)
  await shop.ledger.orders.decide(orderId, 'refund-listed', 'too little', T0 + 300_002)
  assert.deepEqual(await list(T0 + 300_003), [refunded.orderId, orderId])
  await shop.ledger.orders.decide(orderId, 'dismiss', 'given back', T0 + 300_004)
  assert.deepEqual(await list(T0 + 300_005), [refunded.orderId])
})
