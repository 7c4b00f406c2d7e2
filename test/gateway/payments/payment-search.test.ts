import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lookups } from '../../../gateway/host/lookups.ts'
import { Inquiries } from '../../../gateway/payments/inquiries.ts'
import { PaymentSearch } from '../../../gateway/payments/payment-search.ts'
import { HostTopics } from '../../../protocol/vietqr/topics.ts'
import { FakeLink } from '../../support/fake-link.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { openShop, type Shop, T0, TERMINAL } from '../../support/shop.ts'

function openSearch(shop: Shop, rows: (value: unknown) => unknown = () => []) {
  const clock = new ManualClock(T0)
  const link = new FakeLink()
  const asked: number[] = []
  const lookups = new Lookups(link, new HostTopics(), clock, { perSecond: 5, timeoutMs: 2000, suffix: 'terminal' })
  link.answer = ({ payload }) => {
    asked.push(clock.now() - T0)
    const said = Buffer.from(JSON.stringify(rows(payload.value)))
    lookups.answer(TERMINAL, null, { topic: 'reply', payload: said, receivedAt: clock.now() })
  }
  const troubles: unknown[] = []
  const inquiries = new Inquiries(lookups, shop.ledger.payments, taken => {
    if (taken.order !== null) search.orderChanged(taken.order)
  })
  const options = { first: 10_000, max: 60_000, lateGraceMs: 600_000 }
  const search = new PaymentSearch(shop.ledger, inquiries, clock, options, error => troubles.push(error))
  return { search, clock, asked, troubles }
}

test('an open order is asked about ever more seldom, until the time for late money is over', async () => {
  await using shop = await openShop()
  const { search, clock, asked, troubles } = openSearch(shop)
  search.linkChanged(true)
  search.orderChanged(await shop.order('pos-1', 25_000))
  await clock.advance(240_000)
  assert.deepEqual(asked, [10_000, 30_000, 70_000, 130_000, 190_000])
  await clock.advance(2_000_000)
  assert.ok(Math.max(...asked) <= 300_000 + 600_000)
  assert.deepEqual(troubles, [])
})

test('money that was never told is found, and the search ends with it', async () => {
  await using shop = await openShop()
  const paid = (orderId: unknown) => [
    { orderId, referenceNumber: 'FT1', amount: 25_000, transType: 'C', status: 1, content: 'x' },
  ]
  const { search, clock, asked } = openSearch(shop, paid)
  search.linkChanged(true)
  const { orderId } = await shop.order('vending-1', 25_000)
  search.orderChanged((await shop.ledger.orders.get(orderId)) ?? assert.fail())
  await clock.advance(60_000)
  assert.equal((await shop.ledger.orders.get(orderId))?.state, 'paid')
  assert.equal(asked.length, 1)
  const said = (await shop.told('sound-1')).map(({ body }) => body.text)
  assert.deepEqual(said, ['Đã nhận hai mươi lăm nghìn đồng'])
})

test('after a start and after each return of the link, every order is asked about at once', async () => {
  await using shop = await openShop()
  await shop.order('pos-1', 25_000)
  await shop.order('vending-1', 30_000)
  const { search, clock, asked } = openSearch(shop)
  await search.start()
  await clock.advance(1000)
  assert.equal(asked.length, 0)
  search.linkChanged(true)
  await clock.advance(1000)
  assert.equal(asked.length, 2)
  search.linkChanged(false)
  await clock.advance(120_000)
  assert.equal(asked.length, 2)
  search.linkChanged(true)
  await clock.advance(1000)
  assert.equal(asked.length, 4)
})

test('a paid order is not asked about', async () => {
  await using shop = await openShop()
  const order = await shop.order('pos-1', 25_000)
  const { search, clock, asked } = openSearch(shop)
  search.linkChanged(true)
  search.orderChanged(order)
  search.orderChanged({ ...order, state: 'paid' })
  await clock.advance(600_000)
  assert.deepEqual(asked, [])
})
