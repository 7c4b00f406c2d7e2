import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LedgerUnavailableError, type OrderBook } from '../../../gateway/ledger/ledger.ts'
import { type Asked, OrderDesk } from '../../../gateway/orders/order-desk.ts'
import { vnd } from '../../../protocol/money.ts'
import { buildQr } from '../../../protocol/vietqr/qr/payload.ts'
import { HostTopics } from '../../../protocol/vietqr/topics.ts'
import { FakeLink } from '../../support/fake-link.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ACCOUNT, openShop, type Shop, T0, TERMINAL } from '../../support/shop.ts'

const ASKED: Asked = {
  deviceId: 'pos-1',
  terminalCode: TERMINAL,
  requestId: 'r1',
  amount: vnd(25_000),
  content: 'Cà phê sữa',
  ticket: null,
  counter: null,
  item: null,
  ttlSeconds: null,
}

function openDesk(shop: Shop, link = new FakeLink(), orders: OrderBook = shop.ledger.orders) {
  const clock = new ManualClock(T0)
  const troubles: unknown[] = []
  const options = {
    orderTtlMs: 300_000,
    requestTimeoutMs: 30_000,
    additionalDataKey: 'additionalData1',
    qrCheck: 'warn' as const,
  }
  const ledger = { registry: shop.ledger.registry, orders }
  const desk = new OrderDesk(ledger, link, new HostTopics(), clock, options, {
    orderChanged: () => {},
    trouble: error => troubles.push(error),
  })
  return { desk, link, clock, troubles }
}

function answerFor(orderId: string, fields: Readonly<Record<string, unknown>> = {}) {
  const content = 'VQR0123456789 Caphesua'
  const qrCode = buildQr({
    dynamic: false,
    bin: '970422',
    account: ACCOUNT,
    service: 'QRIBFTTA',
    amount: vnd(25_000),
    content,
  })
  const said = { bankAccount: ACCOUNT, amount: '25000', content, qrCode, existing: 1, orderId, ...fields }
  return { topic: `vietqr/response/${TERMINAL}`, payload: Buffer.from(JSON.stringify(said)), receivedAt: T0 }
}

async function state(shop: Shop, orderId: string): Promise<string> {
  const order = await shop.ledger.orders.get(orderId)
  return order === null ? 'none' : `${order.state}${order.errorCode === null ? '' : ` ${order.errorCode}`}`
}

test('an order is asked for in the form the host accepts, and its answer makes it payable', async () => {
  await using shop = await openShop()
  const { desk, link, clock } = openDesk(shop)
  const { order } = await desk.open(ASKED)
  await clock.advance(0)
  assert.deepEqual(link.published, [
    {
      topic: `vietqr/request/${TERMINAL}`,
      payload: {
        amount: 25_000,
        content: 'Caphesua',
        bankAccount: ACCOUNT,
        bankCode: 'MB',
        userBankName: 'NGUYEN VAN THU',
        transType: 'C',
        orderId: order.orderId,
        terminalCode: TERMINAL,
        additionalData: [{ additionalData1: order.orderId }],
      },
    },
  ])
  assert.equal(await desk.answer(TERMINAL, answerFor(order.orderId)), null)
  assert.equal(await state(shop, order.orderId), 'awaiting_payment')
  const [told] = await shop.told('pos-1')
  assert.equal(told?.body.content, 'VQR0123456789 Caphesua')
  desk.stop()
})

test('the same request is the same order; another body under its id is a conflict', async () => {
  await using shop = await openShop()
  const { desk, link, clock } = openDesk(shop)
  const first = await desk.open(ASKED)
  const again = await desk.open(ASKED)
  assert.deepEqual([again.outcome, again.order.orderId], ['existing', first.order.orderId])
  assert.equal((await desk.open({ ...ASKED, amount: vnd(26_000) })).outcome, 'conflict')
  await clock.advance(0)
  assert.equal(link.published.length, 1)
  desk.stop()
})

test('without a link the order fails at once', async () => {
  await using shop = await openShop()
  const link = new FakeLink()
  link.up = false
  const { desk, clock } = openDesk(shop, link)
  const { order } = await desk.open(ASKED)
  await clock.advance(0)
  assert.equal(await state(shop, order.orderId), 'failed HOST_DOWN')
  desk.stop()
})

test('an order whose end cannot be written down is ended as soon as it can be', async () => {
  await using shop = await openShop()
  const { orders } = shop.ledger
  let failures = 3
  const failing: typeof orders.fail = async (...about) => {
    failures -= 1
    if (failures >= 0) throw new LedgerUnavailableError('the disk is full')
    return orders.fail(...about)
  }
  const link = new FakeLink()
  link.up = false
  const { desk, clock, troubles } = openDesk(shop, link, { ...orders, fail: failing })
  const { order } = await desk.open(ASKED)
  await clock.advance(2500)
  assert.equal(await state(shop, order.orderId), 'requested')
  await clock.advance(1000)
  assert.equal(await state(shop, order.orderId), 'failed HOST_DOWN')
  assert.equal(troubles.length, 3)
  desk.stop()
})

test('a silent host fails the order at its deadline, and a later answer pairs with nobody', async () => {
  await using shop = await openShop()
  const { desk, clock } = openDesk(shop)
  const { order } = await desk.open(ASKED)
  await clock.advance(29_000)
  assert.equal(await state(shop, order.orderId), 'requested')
  await clock.advance(2000)
  assert.equal(await state(shop, order.orderId), 'failed HOST_SILENT')
  assert.match((await desk.answer(TERMINAL, answerFor(order.orderId))) ?? '', /waits for a QR/)
  assert.equal(await state(shop, order.orderId), 'failed HOST_SILENT')
  desk.stop()
})

test('a new process goes on waiting where the old one ended', async () => {
  await using shop = await openShop()
  const before = openDesk(shop)
  const { order } = await before.desk.open(ASKED)
  await before.clock.advance(10_000)
  before.desk.stop()

  const after = openDesk(shop)
  await after.clock.advance(10_000)
  await after.desk.start()
  await after.clock.advance(19_000)
  assert.equal(await state(shop, order.orderId), 'requested')
  await after.clock.advance(2000)
  assert.equal(await state(shop, order.orderId), 'failed HOST_SILENT')
  after.desk.stop()
})

test('an order ends when its time is over, also one of an earlier process', async () => {
  await using shop = await openShop()
  const old = await shop.order('pos-1', 25_000)
  const { desk, clock } = openDesk(shop)
  await desk.start()
  const { order } = await desk.open({ ...ASKED, ttlSeconds: 60 })
  await desk.answer(TERMINAL, answerFor(order.orderId))
  await clock.advance(61_000)
  assert.equal(await state(shop, order.orderId), 'expired')
  assert.equal(await state(shop, old.orderId), 'awaiting_payment')
  await clock.advance(240_000)
  assert.equal(await state(shop, old.orderId), 'expired')
  desk.stop()
})

test('only the device that asked can cancel, and only while nobody has paid', async () => {
  await using shop = await openShop()
  const { desk } = openDesk(shop)
  const { orderId } = await shop.order('pos-1', 25_000)
  assert.equal(await desk.cancel(orderId, 'vending-1'), null)
  assert.equal(await desk.cancel('NOSUCHORDER', null), null)
  assert.equal((await desk.cancel(orderId, 'pos-1'))?.changed, true)
  assert.equal((await desk.cancel(orderId, 'pos-1'))?.changed, false)
  assert.equal(await state(shop, orderId), 'cancelled')
  desk.stop()
})

test('refusals of the host name their reason', async () => {
  await using shop = await openShop()
  for (const [fields, expected] of [
    [{ existing: 0 }, 'failed ACCOUNT_UNKNOWN'],
    [{ amount: '2500' }, 'failed QR_MISMATCH'],
    [{ status: 'FAILED', message: 'E24', qrCode: undefined }, 'failed HOST_REFUSED'],
  ] as const) {
    const { desk, clock } = openDesk(shop)
    const { order } = await desk.open({ ...ASKED, requestId: `r-${expected}` })
    await clock.advance(0)
    assert.equal(await desk.answer(TERMINAL, answerFor(order.orderId, fields)), null)
    assert.equal(await state(shop, order.orderId), expected)
    desk.stop()
  }
})

test('a literal null and a stranger’s answer pair with nobody', async () => {
  await using shop = await openShop()
  const { desk, clock } = openDesk(shop)
  const { order } = await desk.open(ASKED)
  await clock.advance(0)
  const nothing = { topic: 't', payload: Buffer.from('null'), receivedAt: T0 }
  assert.match((await desk.answer(TERMINAL, nothing)) ?? '', /null/)
  assert.match((await desk.answer(TERMINAL, answerFor('SOMEONEELSE'))) ?? '', /fits this answer/)
  assert.equal(await state(shop, order.orderId), 'requested')
  desk.stop()
})

test('content without a letter or digit is refused, and absent content becomes the order id', async () => {
  await using shop = await openShop()
  const { desk } = openDesk(shop)
  for (const content of ['', '!!!', '☕']) {
    await assert.rejects(desk.open({ ...ASKED, content }), { code: 'CONTENT_INVALID' })
  }
  const { order } = await desk.open({ ...ASKED, content: null })
  assert.equal(order.content, order.orderId)
  desk.stop()
})

test('a device gone mad is stopped before it floods the host, its repeated requests are still served', async () => {
  await using shop = await openShop()
  const { desk, link, clock } = openDesk(shop)
  for (let order = 0; order < 50; order += 1) await desk.open({ ...ASKED, requestId: `flood-${order}` })
  await assert.rejects(desk.open({ ...ASKED, requestId: 'flood-50' }), { code: 'RATE_LIMITED' })
  assert.equal((await desk.open({ ...ASKED, requestId: 'flood-7' })).outcome, 'existing')
  await clock.advance(0)
  assert.equal(link.published.length, 50)
  desk.stop()
})
