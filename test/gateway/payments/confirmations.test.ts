import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lookups } from '../../../gateway/host/lookups.ts'
import { Confirmations } from '../../../gateway/payments/confirmations.ts'
import { Inquiries } from '../../../gateway/payments/inquiries.ts'
import { HostTopics } from '../../../protocol/vietqr/topics.ts'
import { FakeLink } from '../../support/fake-link.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { openShop, pay, type Shop, T0, TERMINAL } from '../../support/shop.ts'

function openConfirmations(shop: Shop, reply: (value: unknown) => unknown) {
  const clock = new ManualClock(T0 + 1000)
  const link = new FakeLink()
  const held: string[] = []
  const troubles: unknown[] = []
  const lookups = new Lookups(link, new HostTopics(), clock, { perSecond: 5, timeoutMs: 2000, suffix: 'terminal' })
  link.answer = ({ payload }) => {
    const rows = reply(payload.value)
    if (rows === null) return
    const said = Buffer.from(JSON.stringify(rows))
    lookups.answer(TERMINAL, null, { topic: 'reply', payload: said, receivedAt: clock.now() })
  }
  const inquiries = new Inquiries(lookups, shop.ledger.payments, () => {})
  const confirmations = new Confirmations(shop.ledger, inquiries, clock, {
    everythingWaits: false,
    notConfirmed: (_, order) => held.push(order?.orderId ?? 'none'),
    trouble: error => troubles.push(error),
  })
  return { confirmations, clock, link, held, troubles }
}

function row(orderId: unknown, fields: Readonly<Record<string, unknown>> = {}) {
  return {
    orderId,
    referenceNumber: 'FT0000000001',
    amount: 25_000,
    transType: 'C',
    status: 1,
    content: 'x',
    ...fields,
  }
}

async function vends(shop: Shop): Promise<number> {
  return (await shop.told('vending-1')).filter(({ delivery }) => delivery.kind === 'vend').length
}

test('goods are released once the host agrees, and the host is asked no more', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const { confirmations, clock, link, troubles } = openConfirmations(shop, value => [row(value)])
  const { orderId } = await shop.order('vending-1', 25_000)
  confirmations.watch(await pay(shop, { orderId }))
  await clock.advance(0)
  assert.equal(await vends(shop), 1)
  await clock.advance(120_000)
  assert.equal(link.published.length, 1)
  assert.deepEqual(troubles, [])
})

test('an empty answer is asked again: the host stores late', async () => {
  await using shop = await openShop({ confirm: 'release' })
  let answers = 0
  const { confirmations, clock } = openConfirmations(shop, value => {
    answers += 1
    return answers < 3 ? [] : [row(value)]
  })
  const { orderId } = await shop.order('vending-1', 25_000)
  confirmations.watch(await pay(shop, { orderId }))
  await clock.advance(400)
  assert.equal(await vends(shop), 0)
  await clock.advance(2000)
  assert.equal(await vends(shop), 1)
})

for (const [what, reply] of [
  ['never shows it', () => []],
  ['shows less money', (value: unknown) => [row(value, { amount: 2_500, referenceNumber: 'FT-LESS' })]],
  ['shows it unpaid', (value: unknown) => [row(value, { status: 0 })]],
  ['is silent', () => null],
  ['refuses', () => ({ status: 'FAILED', message: 'E39' })],
] as const) {
  test(`an order is held after a minute when the host ${what}`, async () => {
    await using shop = await openShop({ confirm: 'release' })
    const { confirmations, clock, held, troubles } = openConfirmations(shop, reply)
    const { orderId } = await shop.order('vending-1', 25_000)
    confirmations.watch(await pay(shop, { orderId }))
    await clock.advance(55_000)
    assert.deepEqual(held, [])
    await clock.advance(10_000)
    assert.deepEqual(held, [orderId])
    assert.equal(await vends(shop), 0)
    assert.equal((await shop.ledger.orders.get(orderId))?.state, 'held')
    assert.deepEqual(troubles, [])
  })
}

test('what an earlier process left unconfirmed is taken up at the start', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const { orderId } = await shop.order('vending-1', 25_000)
  await pay(shop, { orderId })
  const { confirmations, clock } = openConfirmations(shop, value => [row(value)])
  await confirmations.start()
  await clock.advance(0)
  assert.equal(await vends(shop), 1)
})
