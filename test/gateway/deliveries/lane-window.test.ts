import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Floor, openFloor } from '../../support/floor.ts'
import { openShop } from '../../support/shop.ts'

/** Long rows, of which a lane looks at a part, and messages that come while it waits. */

test('of a long row that comes while one is unanswered everything is said once, in its order', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['sound-1'])
  const amounts = Array.from({ length: 230 }, (_, index) => 10_000 + index)
  for (const amount of amounts) await floor.pay({ amount, referenceNumber: `FT${amount}` })
  assert.equal(floor.bus.to('sound-1', 'down/announce').length, 1)
  for (let said = 1; said <= amounts.length; said += 1) {
    await floor.ack('sound-1', floor.bus.to('sound-1', 'down/announce').at(-1)?.id, 'done')
  }
  assert.deepEqual(
    floor.bus.to('sound-1', 'down/announce').map(({ amount }) => amount),
    amounts,
  )
  floor.lanes.stop()
})

test('what comes while the only message is unanswered goes out when patience ends', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['sound-1'])
  await floor.pay({ referenceNumber: 'FT1' })
  await floor.clock.advance(1500)
  await floor.pay({ referenceNumber: 'FT2' })
  await floor.clock.advance(400)
  assert.equal(floor.bus.to('sound-1', 'down/announce').length, 1)
  await floor.clock.advance(100)
  assert.equal(floor.bus.to('sound-1', 'down/announce').length, 2)
  floor.lanes.stop()
})

test('when a long row has lost its time at once, what came behind it is said', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['sound-1'])
  await floor.pay({ referenceNumber: 'FT0' })
  floor.bus.here.delete('sound-1')
  for (let row = 1; row <= 70; row += 1) await floor.pay({ referenceNumber: `FT${row}` })
  await floor.clock.advance(60_000)
  await floor.pay({ referenceNumber: 'FT71', amount: 71_000 })
  floor.bus.here.add('sound-1')
  for (let second = 0; second < 35; second += 1) await floor.clock.advance(1000)
  const said = floor.bus.to('sound-1', 'down/announce').map(({ amount }) => amount)
  assert.deepEqual(said, [25_000, 71_000])
  floor.lanes.stop()
})

/** Has a device take all but one of its topics from now on; the answer lets it take all again. */
function refuses({ bus }: Floor, refused: string): () => void {
  const reaches = bus.reaches.bind(bus)
  bus.reaches = (deviceId: string, path?: string) => path !== refused && reaches(deviceId)
  return () => {
    bus.reaches = reaches
  }
}

test('a till that takes no payments hears of its orders, however many payments wait for it, and of all of them once it takes them', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['pos-1'])
  const takesAll = refuses(floor, 'down/payment')
  for (let row = 1; row <= 300; row += 1) await floor.pay({ referenceNumber: `FT${row}`, amount: 10_000 + row })
  for (const referenceNumber of ['FT301', 'FT302']) {
    const { orderId } = await shop.order('pos-1', 25_000)
    await floor.pay({ orderId, referenceNumber, amount: 25_000 })
    const { id, ...message } = floor.bus.to('pos-1', 'down/order').at(-1) ?? assert.fail()
    assert.equal(message.orderId, orderId)
    await floor.ack('pos-1', id, 'done')
  }
  assert.equal(floor.bus.to('pos-1', 'down/payment').length, 0)
  takesAll()
  await floor.comesBack('pos-1')
  for (let said = 0; said < 302; said += 1) {
    for (const path of ['down/payment', 'down/order']) {
      const { id } = floor.bus.to('pos-1', path).at(-1) ?? {}
      if (id !== undefined) await floor.ack('pos-1', id, 'done')
    }
  }
  const amounts = floor.bus.to('pos-1', 'down/payment').map(({ amount }) => amount)
  assert.deepEqual(amounts, [...Array.from({ length: 300 }, (_, row) => 10_001 + row), 25_000, 25_000])
  floor.lanes.stop()
})

test('a till that takes payments while its lane reads a new order is told the payments that waited before that', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['pos-1'])
  const takesAll = refuses(floor, 'down/payment')
  for (const amount of [1000, 2000]) await floor.pay({ referenceNumber: `FT${amount}`, amount })
  const { orderId } = await shop.order('pos-1', 25_000)
  const { deliveries } = shop.ledger
  const open = deliveries.open.bind(deliveries)
  Object.assign(deliveries, {
    open: async (...asked: Parameters<typeof open>) => {
      const found = await open(...asked)
      if (asked[0] === 'pos-1' && found.some(({ kind }) => kind === 'order')) takesAll()
      return found
    },
  })
  await floor.pay({ orderId, referenceNumber: 'FT3', amount: 25_000 })
  const first = floor.bus.sent.find(({ deviceId }) => deviceId === 'pos-1')
  assert.deepEqual([first?.path, first?.message.amount], ['down/payment', 1000])
  floor.lanes.stop()
})

test('a paybox that takes no payments is shown the order that comes behind many of them', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['paybox-1'])
  refuses(floor, 'down/payment')
  for (let row = 1; row <= 60; row += 1) await floor.pay({ referenceNumber: `FT${row}` })
  const { orderId } = await shop.order('paybox-1', 25_000)
  await floor.pay({ orderId, referenceNumber: 'FT61' })
  assert.ok(floor.bus.to('paybox-1', 'down/order').some(message => message.orderId === orderId))
  floor.lanes.stop()
})

test('an order the till has not answered is not forgotten when it takes payments as well, of which many wait', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['pos-1'])
  const takesAll = refuses(floor, 'down/payment')
  for (let row = 1; row <= 250; row += 1) await floor.pay({ referenceNumber: `FT${row}` })
  const { orderId } = await shop.order('pos-1', 25_000)
  await floor.pay({ orderId, referenceNumber: 'FT251' })
  const orders = () => floor.bus.to('pos-1', 'down/order')
  assert.equal(orders().length, 1)
  takesAll()
  await floor.comesBack('pos-1')
  const ids = () => new Set(floor.bus.to('pos-1', 'down/payment').map(({ id }) => id))
  // Each payment is answered, the order never.
  for (let turn = 0; turn < 120; turn += 1) {
    const { id } = floor.bus.to('pos-1', 'down/payment').at(-1) ?? {}
    if (id !== undefined) await floor.ack('pos-1', id, 'done')
    await floor.clock.advance(500)
    if (orders().length > 1) break
  }
  assert.ok(orders().length > 1 && ids().size <= 24, `${ids().size} payments before the order was said again`)
  floor.lanes.stop()
})

test('a machine that listens for goods alone releases every paid order, however many states of orders it does not take', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['vending-1'])
  refuses(floor, 'down/order')
  for (let row = 1; row <= 140; row += 1) {
    const { orderId } = await shop.order('vending-1', 25_000)
    await floor.pay({ orderId, referenceNumber: `FT${row}` })
    await floor.ack('vending-1', floor.bus.to('vending-1', 'down/vend').at(-1)?.id, 'done')
  }
  assert.equal(floor.bus.to('vending-1', 'down/vend').length, 140)
  floor.lanes.stop()
})

test('a till that takes no payments any more goes on hearing of its orders, and hears of the payments when it does again', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['pos-1'])
  await floor.pay({ referenceNumber: 'FT0', amount: 9_000 })
  await floor.ack('pos-1', floor.bus.to('pos-1', 'down/payment').at(-1)?.id, 'done')
  const takesAll = refuses(floor, 'down/payment')
  for (let row = 1; row <= 130; row += 1) await floor.pay({ referenceNumber: `FT${row}`, amount: 10_000 + row })
  const { orderId } = await shop.order('pos-1', 25_000)
  await floor.pay({ orderId, referenceNumber: 'FT131', amount: 25_000 })
  const { id, ...order } = floor.bus.to('pos-1', 'down/order').at(-1) ?? assert.fail()
  assert.equal(order.orderId, orderId)
  takesAll()
  await floor.ack('pos-1', id, 'done')
  for (let said = 0; said < 131; said += 1) {
    await floor.ack('pos-1', floor.bus.to('pos-1', 'down/payment').at(-1)?.id, 'done')
  }
  const amounts = floor.bus.to('pos-1', 'down/payment').map(({ amount }) => amount)
  assert.deepEqual(amounts, [9_000, ...Array.from({ length: 130 }, (_, row) => 10_001 + row), 25_000])
  floor.lanes.stop()
})

test('a till that stops taking payments hears of the order behind those that wait', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, [])
  for (let row = 1; row <= 150; row += 1) await floor.pay({ referenceNumber: `FT${row}` })
  const { orderId } = await shop.order('pos-1', 25_000)
  await floor.pay({ orderId, referenceNumber: 'FT151' })
  await floor.comesBack('pos-1')
  refuses(floor, 'down/payment')
  await floor.ack('pos-1', floor.bus.to('pos-1', 'down/payment').at(-1)?.id, 'done')
  assert.equal(floor.bus.to('pos-1', 'down/order').at(-1)?.orderId, orderId)
  floor.lanes.stop()
})

test('what waits for an absent till is not read again with each payment', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, [])
  for (let row = 1; row <= 40; row += 1) await floor.pay({ referenceNumber: `FT${row}` })
  const { deliveries } = shop.ledger
  const open = deliveries.open.bind(deliveries)
  const from: number[] = []
  Object.assign(deliveries, {
    open: (...asked: Parameters<typeof open>) => {
      if (asked[0] === 'pos-1') from.push(asked[2] ?? 0)
      return open(...asked)
    },
  })
  const newest = await deliveries.newest()
  for (let row = 41; row <= 44; row += 1) await floor.pay({ referenceNumber: `FT${row}` })
  assert.ok(
    from.every(after => after >= newest),
    `read from ${from.join(', ')}, with ${newest} known`,
  )
  floor.lanes.stop()
})
