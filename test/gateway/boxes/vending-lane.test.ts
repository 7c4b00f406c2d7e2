import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Floor, openFloor } from '../../support/floor.ts'
import { openShop, type Shop, T0, TERMINAL } from '../../support/shop.ts'

const BOX = 'box-1'

async function shopWithBox(): Promise<Shop> {
  const shop = await openShop()
  await shop.ledger.registry.addDevice({
    deviceId: BOX,
    kind: 'vietqr-vending',
    name: BOX,
    terminalCode: TERMINAL,
    counter: null,
    secretSha256: new Uint8Array(32),
    createdAt: T0,
  })
  return shop
}

function vends(floor: Floor): unknown[] {
  return floor.bus.to(BOX, 'down/vend').map(({ orderId }) => orderId)
}

async function fulfilmentOf(shop: Shop, orderId: string): Promise<string | undefined> {
  return (await shop.ledger.orders.get(orderId))?.fulfilment
}

/** The box has taken in whatever it was told. */
async function takesAll(floor: Floor): Promise<void> {
  for (const { deviceId, message } of [...floor.bus.sent]) await floor.ack(deviceId, message.id, 'done')
}

test('two payments are never closer than the pulses of the first, whatever the link does meanwhile', async () => {
  await using shop = await shopWithBox()
  const [large, small] = [await shop.order(BOX, 500_000), await shop.order(BOX, 20_000)]
  const floor = await openFloor(shop, [BOX])
  await floor.pay({ orderId: large.orderId, amount: 500_000, referenceNumber: 'FT1' })
  await floor.clock.advance(1000)
  await takesAll(floor)
  await floor.clock.advance(300)
  await takesAll(floor)
  await floor.pay({ orderId: small.orderId, amount: 20_000, referenceNumber: 'FT2' })
  assert.deepEqual(vends(floor), [large.orderId])
  const since = floor.clock.now()
  floor.bus.here.delete(BOX)
  await floor.comesBack(BOX)
  await floor.clock.advance(20_000)
  await takesAll(floor)
  assert.deepEqual(vends(floor), [large.orderId])
  await floor.clock.advance(2000)
  assert.deepEqual(vends(floor), [large.orderId, small.orderId])
  assert.ok(floor.clock.now() - since >= 20_000)
  floor.lanes.stop()
})

test('what the box has taken stays released; nobody says it came out', async () => {
  await using shop = await shopWithBox()
  const { orderId } = await shop.order(BOX, 20_000)
  const floor = await openFloor(shop, [BOX])
  await floor.pay({ orderId, amount: 20_000 })
  for (let turn = 0; turn < 5; turn += 1) {
    await takesAll(floor)
    await floor.clock.advance(turn < 4 ? 1000 : 300_000)
  }
  assert.deepEqual(vends(floor), [orderId])
  assert.equal(await fulfilmentOf(shop, orderId), 'released')
  floor.lanes.stop()
})

test('without a sign that it was taken it is unknown, and never sent again: not later, on a new link, or by a new process', async () => {
  await using shop = await shopWithBox()
  const orders = [await shop.order(BOX, 20_000), await shop.order(BOX, 20_000), await shop.order(BOX, 20_000)]
  const [silent, linkLost, crashed] = orders.map(({ orderId }) => orderId)
  const first = await openFloor(shop, [BOX])
  await first.clock.advance(10_000)
  await first.pay({ orderId: silent, amount: 20_000, referenceNumber: 'FT1' })
  await first.clock.advance(60_000)
  assert.equal(await fulfilmentOf(shop, silent ?? ''), 'unknown')
  await first.pay({ orderId: linkLost, amount: 20_000, referenceNumber: 'FT2' })
  await first.clock.advance(1000)
  first.bus.here.delete(BOX)
  await first.comesBack(BOX)
  assert.equal(await fulfilmentOf(shop, linkLost ?? ''), 'unknown')
  await first.clock.advance(30_000)
  await first.pay({ orderId: crashed, amount: 20_000, referenceNumber: 'FT3' })
  await first.clock.advance(1000)
  assert.deepEqual(vends(first), [silent, linkLost, crashed])
  first.lanes.stop()

  await shop.reopen()
  const second = await openFloor(shop, [BOX])
  second.lanes.wake(await shop.ledger.deliveries.waiting())
  await second.comesBack(BOX)
  await second.clock.advance(60_000)
  assert.deepEqual(vends(second), [])
  assert.equal(await fulfilmentOf(shop, crashed ?? ''), 'unknown')
  second.lanes.stop()
})

test('short, surplus, late and order-less money makes no pulses', async () => {
  await using shop = await shopWithBox()
  const { orderId } = await shop.order(BOX, 50_000)
  const late = await shop.order(BOX, 10_000)
  const floor = await openFloor(shop, [BOX])
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) {
      await floor.clock.advance(5000)
      await takesAll(floor)
    }
  }
  await floor.pay({ orderId, amount: 20_000, referenceNumber: 'FT1' })
  await floor.pay({ amount: 20_000, referenceNumber: 'FT2' })
  await settle()
  assert.deepEqual(vends(floor), [])
  await floor.pay({ orderId, amount: 30_000, referenceNumber: 'FT3' })
  await settle()
  await floor.pay({ orderId, amount: 50_000, referenceNumber: 'FT4' })
  await settle()
  assert.deepEqual(vends(floor), [orderId])
  assert.equal(floor.bus.to(BOX, 'down/vend')[0]?.amount, 50_000)
  await floor.clock.advance(300_000)
  await shop.ledger.orders.expire(floor.clock.now())
  await floor.pay({ orderId: late.orderId, amount: 10_000, referenceNumber: 'FT5' })
  await settle()
  assert.deepEqual(vends(floor), [orderId])
  floor.lanes.stop()
})
