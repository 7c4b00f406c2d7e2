import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFloor } from '../../support/floor.ts'
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

test('a till that takes no payments hears of its orders, however many payments wait for it', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['pos-1'])
  const { bus } = floor
  const reaches = bus.reaches.bind(bus)
  bus.reaches = (deviceId: string, path?: string) => path !== 'down/payment' && reaches(deviceId)
  for (let row = 1; row <= 55; row += 1) await floor.pay({ referenceNumber: `FT${row}` })
  const { orderId } = await shop.order('pos-1', 25_000)
  await floor.pay({ orderId, referenceNumber: 'FT56' })
  assert.ok(bus.to('pos-1', 'down/order').length > 0)
  floor.lanes.stop()
})
