import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayBeForgotten } from '../../../gateway/ledger/forgetting.ts'
import type { Order } from '../../../gateway/ledger/model.ts'
import { SqliteLedger } from '../../../gateway/ledger/sqlite/sqlite-ledger.ts'
import { openShop, pay, rawNotice, type Shop, T0 } from '../../support/shop.ts'
import { after, DAY, HOUR, inspect, left, SweepClock, upkeepOf } from '../../support/sweeps.ts'

const RULES = { confirm: 'never', lateGraceMs: 600_000, voice: { language: 'vi', region: 'north' } } as const

const ORDER_STATES: readonly Order['state'][] = [
  ...([
    'requested',
    'awaiting_payment',
    'paid',
    'underpaid',
    'expired',
    'late',
    'cancelled',
    'failed',
    'held',
  ] as const),
]
const FULFILMENTS: readonly Order['fulfilment'][] = [
  ...(['none', 'pending', 'released', 'done', 'partial', 'failed', 'unknown', 'held', 'refund'] as const),
]

/** Rows of a table that no list shows. */
async function rows(shop: Shop, table: 'deliveries' | 'decisions'): Promise<unknown> {
  return (await inspect(shop, `SELECT count(*) AS rows FROM ${table}`)).rows
}

test('payments, orders, ended deliveries and dead letters go after retention.payments', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('paybox-1', 25_000)
  await pay(shop, { orderId })
  await pay(shop, { referenceNumber: 'FT-LOOSE', content: 'x' })
  await pay(shop, { referenceNumber: 'FT-DEBIT', transType: 'D' })
  await shop.ledger.deadLetters.add('MALFORMED', '', 'host', rawNotice({}))
  await endAll(shop)
  assert.equal((await after(399, shop)).orders.length, 1)
  assert.deepEqual(await after(401, shop), { orders: [], payments: [], letters: 0 })
  assert.equal(await rows(shop, 'deliveries'), 1, 'the newest stays')
})

test('deliveries are numbered on when all of them have been forgotten', async () => {
  await using shop = await openShop()
  await pay(shop, {})
  const seqs = async () => (await shop.told('pos-1')).map(({ delivery }) => delivery.seq)
  const [before = 0] = await seqs()
  await endAll(shop)
  await after(401, shop)
  await pay(shop, { referenceNumber: 'FT2' }, T0 + 401 * DAY)
  const [later = 0] = await seqs()
  assert.ok(later > before, `${later} after ${before}`)
})

test('what a device must still be told is told, however old: its delivery stays when the payment has gone', async () => {
  await using shop = await openShop()
  await pay(shop, {})
  await pay(shop, { referenceNumber: 'FT-LATER', amount: 30_000 }, T0 + 400 * DAY)
  assert.deepEqual((await after(401, shop)).payments, ['FT-LATER'])
  const amounts = async (deviceId: string) => (await shop.told(deviceId)).map(({ body }) => body.amount)
  assert.deepEqual(await amounts('pos-1'), [25_000, 30_000])
  assert.deepEqual(await amounts('sound-1'), [30_000], 'what is only good for a moment is not owed')
})

test('an order goes with all of its payments or not at all: money of yesterday keeps it', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order(null, 25_000)
  await pay(shop, { orderId })
  await pay(shop, { orderId, referenceNumber: 'FT-AGAIN' }, T0 + 400 * DAY)
  assert.deepEqual(await after(401, shop), { orders: [orderId], payments: ['FT-AGAIN', 'FT0000000001'], letters: 0 })
  assert.deepEqual(await after(801, shop), { orders: [], payments: [], letters: 0 })
})

test('what nobody has decided stays: open, waiting for confirmation, held, short, late, to be refunded', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const kept: string[] = []
  const keep = async (make: (orderId: string) => Promise<unknown>): Promise<void> => {
    const { orderId } = await shop.order('vending-1', 25_000)
    await make(orderId)
    kept.push(orderId)
  }
  const money = (orderId: string, amount = 25_000, at = T0 + 1000) =>
    pay(shop, { orderId, amount, referenceNumber: `FT${orderId}` }, at)
  await keep(async () => {})
  await keep(orderId => money(orderId))
  await keep(async orderId => {
    await money(orderId)
    await shop.ledger.orders.hold(orderId, T0 + 61_000)
  })
  await keep(orderId => money(orderId, 1000))
  await keep(orderId => money(orderId, 25_000, T0 + 301_000))
  await keep(async orderId => {
    await shop.ledger.orders.cancel(orderId, null, T0 + 1000)
    await money(orderId)
  })
  const cancelled = await shop.order('vending-1', 25_000)
  await shop.ledger.orders.cancel(cancelled.orderId, null, T0 + 1000)

  assert.deepEqual((await after(1000, shop)).orders, kept.sort())
})

test('an order that a person closed goes with the decision', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const { orderId } = await shop.order('vending-1', 25_000)
  await pay(shop, { orderId, amount: 1000 })
  await shop.ledger.orders.decide(orderId, 'dismiss', 'đã trả lại tiền mặt', T0 + 10 * DAY)
  assert.equal((await after(401, shop)).orders.length, 1, 'the decision is younger')
  assert.deepEqual(await after(411, shop), { orders: [], payments: [], letters: 0 })
  assert.equal(await rows(shop, 'decisions'), 0)
})

test('an order goes when everything about it is old, it has ended, and nothing is left to decide', async () => {
  await using shop = await openShop()
  const sample = await shop.order(null, 25_000)
  const forgotten = (changed: Partial<Order>, lastMoneyAt: number | null = null, decidedAt: number | null = null) =>
    mayBeForgotten({ order: { ...sample, ...changed }, lastMoneyAt, decidedAt }, T0 + DAY)

  const gone = ORDER_STATES.filter(state => forgotten({ state }))
  assert.deepEqual(gone, ['paid', 'expired', 'cancelled', 'failed'])
  assert.deepEqual(
    FULFILMENTS.filter(fulfilment => forgotten({ state: 'paid', fulfilment })),
    ['none', 'released', 'done'],
  )
  assert.equal(forgotten({ state: 'paid', createdAt: T0 + DAY }), false)
  assert.equal(forgotten({ state: 'paid', closedAt: T0 + DAY }), false)
  assert.equal(forgotten({ state: 'paid' }, T0 + DAY), false)
  assert.equal(forgotten({ state: 'expired', expiresAt: T0 + DAY }), false)
  for (const state of ['underpaid', 'late', 'held'] as const) {
    assert.equal(forgotten({ state }, T0 + 1, T0 + 2), true, 'a person closed it')
    assert.equal(forgotten({ state }, T0 + 3, T0 + 2), false, 'money after that asks again')
    assert.equal(forgotten({ state, fulfilment: 'refund' }, T0 + 1, T0 + 2), false)
  }
})

test('a restart goes on with what is left, and payments are taken meanwhile', async () => {
  await using shop = await openShop()
  const many = 900
  await Promise.all(
    Array.from({ length: many }, (_, n) => pay(shop, { referenceNumber: `FT${n}`, content: 'x' }, T0 + n)),
  )
  const clock = new SweepClock(T0 + 500 * DAY)
  const first = upkeepOf(shop.ledger, clock)
  await clock.advance(HOUR + 500)
  const seen = await pay(shop, { referenceNumber: 'FT-NEW' }, clock.now())
  first.stop()
  await clock.advance(10 * HOUR)
  assert.equal(seen.outcome, 'new')
  const middle = (await left(shop)).payments.length
  assert.ok(middle > 1 && middle < many, `a sweep that was stopped has done a part: ${middle} are left`)

  await shop.ledger.close()
  const again = SqliteLedger.open(shop.file, RULES)
  const second = upkeepOf(again, clock)
  await clock.advance(2 * HOUR)
  second.stop()
  assert.deepEqual((await left({ ...shop, ledger: again })).payments, ['FT-NEW'])
  await again.close()
})

test('a wall clock that jumps forgets nothing', async () => {
  await using shop = await openShop()
  await pay(shop, {})
  const clock = new SweepClock(T0)
  const upkeep = upkeepOf(shop.ledger, clock)
  await clock.advance(HOUR / 2)
  clock.ahead = 1000 * DAY
  await clock.advance(HOUR)
  assert.equal((await left(shop)).payments.length, 1)
  await clock.advance(HOUR)
  upkeep.stop()
  assert.equal((await left(shop)).payments.length, 0, 'it ran evenly for an hour: it is believed')
})

/** Every device says that it has done everything. */
async function endAll(shop: Shop): Promise<void> {
  for (const deviceId of await shop.ledger.deliveries.waiting()) {
    for (const { delivery } of await shop.told(deviceId)) {
      await shop.ledger.deliveries.noteAcknowledgement(deviceId, { id: delivery.id, status: 'done' }, T0 + 2000)
    }
  }
}
