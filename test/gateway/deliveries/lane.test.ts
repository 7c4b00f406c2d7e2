import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFloor } from '../../support/floor.ts'
import { openShop, type Shop } from '../../support/shop.ts'

async function stateOf(shop: Shop, orderId: string, kind: string): Promise<string | undefined> {
  const order = await shop.ledger.orders.get(orderId)
  return kind === 'fulfilment' ? order?.fulfilment : order?.state
}

test('a message goes out with its id first and the seconds that are left', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['sound-1'])
  await floor.pay({})
  const [said] = floor.bus.to('sound-1', 'down/announce')
  assert.deepEqual(Object.keys(said ?? {}).slice(0, 2), ['id', 'kind'])
  assert.equal(said?.ttl, 90)
  assert.ok(String(said?.id).length <= 26)
  floor.lanes.stop()
})

test('an unanswered message is sent again with the same id, and then fails', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['sound-1'])
  await floor.pay({})
  await floor.clock.advance(89_000)
  const sent = floor.bus.to('sound-1', 'down/announce')
  assert.ok(sent.length >= 3)
  assert.equal(new Set(sent.map(message => message.id)).size, 1)
  assert.deepEqual(
    sent.map(message => message.ttl),
    [...sent.map(message => Number(message.ttl))].sort((a, b) => b - a),
  )
  await floor.clock.advance(60_000)
  assert.deepEqual(await shop.ledger.deliveries.open('sound-1', 10), [])
  floor.lanes.stop()
})

test('done ends a delivery; the next one waits for it, or for the end of patience', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['sound-1'])
  await floor.pay({ referenceNumber: 'FT1' })
  await floor.pay({ referenceNumber: 'FT2' })
  assert.equal(floor.bus.to('sound-1', 'down/announce').length, 1)
  await floor.ack('sound-1', floor.bus.to('sound-1', 'down/announce')[0]?.id, 'done')
  assert.equal(floor.bus.to('sound-1', 'down/announce').length, 2)
  await floor.pay({ referenceNumber: 'FT3' })
  assert.equal(floor.bus.to('sound-1', 'down/announce').length, 2)
  await floor.clock.advance(2000)
  assert.equal(floor.bus.to('sound-1', 'down/announce').length, 3)
  floor.lanes.stop()
})

test('busy is asked again after five seconds', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['sound-1'])
  await floor.pay({})
  await floor.ack('sound-1', floor.bus.to('sound-1', 'down/announce')[0]?.id, 'busy')
  await floor.clock.advance(4900)
  assert.equal(floor.bus.to('sound-1', 'down/announce').length, 1)
  await floor.clock.advance(200)
  assert.equal(floor.bus.to('sound-1', 'down/announce').length, 2)
  floor.lanes.stop()
})

test('a machine that stays busy is asked until the time is over, and nothing is in doubt then', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  const floor = await openFloor(shop, ['vending-1'])
  await floor.pay({ orderId })
  await floor.clock.advance(1000)
  for (let asked = 0; asked < 25; asked += 1) {
    await floor.ack('vending-1', floor.bus.to('vending-1', 'down/vend').at(-1)?.id, 'busy')
    await floor.clock.advance(5000)
  }
  assert.ok(floor.bus.to('vending-1', 'down/vend').length > 15)
  assert.equal(await stateOf(shop, orderId, 'fulfilment'), 'failed')
  floor.lanes.stop()
})

test('received stops the repeats; sixty seconds without an end is a failure', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['sound-1'])
  await floor.pay({})
  await floor.ack('sound-1', floor.bus.to('sound-1', 'down/announce')[0]?.id, 'received')
  await floor.clock.advance(59_000)
  assert.equal(floor.bus.to('sound-1', 'down/announce').length, 1)
  assert.equal((await shop.ledger.deliveries.open('sound-1', 10)).length, 1)
  await floor.clock.advance(2000)
  assert.deepEqual(await shop.ledger.deliveries.open('sound-1', 10), [])
  floor.lanes.stop()
})

test('a vend that is never answered is unknown, and its order with it', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  const floor = await openFloor(shop, ['vending-1'])
  await floor.pay({ orderId })
  await floor.clock.advance(2000)
  assert.equal(await stateOf(shop, orderId, 'fulfilment'), 'released')
  await floor.clock.advance(180_000)
  assert.equal(await stateOf(shop, orderId, 'fulfilment'), 'unknown')
  const ids = floor.bus.to('vending-1', 'down/vend').map(message => message.id)
  assert.ok(ids.length > 1)
  assert.equal(new Set(ids).size, 1)
  floor.lanes.stop()
})

test('a vend for a machine that stays away expires unsent and the order fails', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  const floor = await openFloor(shop, [])
  await floor.pay({ orderId })
  await floor.clock.advance(121_000)
  assert.equal(await stateOf(shop, orderId, 'fulfilment'), 'failed')
  await floor.comesBack('vending-1')
  assert.deepEqual(floor.bus.to('vending-1', 'down/vend'), [])
  floor.lanes.stop()
})

test('what an earlier process sent is sent again with the same id when the machine returns', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  const first = await openFloor(shop, ['vending-1'])
  await first.pay({ orderId })
  await first.clock.advance(2000)
  const id = first.bus.to('vending-1', 'down/vend')[0]?.id
  first.lanes.stop()

  const second = await openFloor(shop, [])
  await second.comesBack('vending-1')
  await second.clock.advance(2000)
  assert.equal(second.bus.to('vending-1', 'down/vend')[0]?.id, id)
  await second.ack('vending-1', id, 'done')
  await second.clock.advance(100_000)
  assert.equal(second.bus.to('vending-1', 'down/vend').length, 1)
  second.lanes.stop()
})

test('a vend that was sent before its machine went away is unknown when its time is over, not failed', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  const floor = await openFloor(shop, ['vending-1'])
  await floor.pay({ orderId })
  await floor.clock.advance(2000)
  floor.bus.here.delete('vending-1')
  await floor.clock.advance(119_000)
  assert.equal(await stateOf(shop, orderId, 'fulfilment'), 'unknown')
  floor.lanes.stop()
})

test('a soundbox that comes back late says one summary instead of stale announcements', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, [])
  for (const referenceNumber of ['FT1', 'FT2', 'FT3']) await floor.pay({ referenceNumber })
  await floor.clock.advance(91_000)
  await floor.comesBack('sound-1')
  const said = floor.bus.to('sound-1', 'down/announce')
  assert.deepEqual(
    said.map(message => message.text),
    ['Có 3 giao dịch khi mất mạng, tổng bảy mươi lăm nghìn đồng'],
  )
  await floor.ack('sound-1', said[0]?.id, 'done')
  floor.bus.here.delete('sound-1')
  await floor.comesBack('sound-1')
  assert.equal(floor.bus.to('sound-1', 'down/announce').length, 1)
  floor.lanes.stop()
})

test('a summary that was not heard is said again, with what was missed since', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, [])
  for (const referenceNumber of ['FT1', 'FT2']) await floor.pay({ referenceNumber })
  await floor.clock.advance(91_000)
  await shop.ledger.deliveries.freshen('sound-1', floor.clock.now())
  await floor.clock.advance(91_000)
  await floor.pay({ referenceNumber: 'FT3' })
  await floor.clock.advance(91_000)
  await floor.comesBack('sound-1')
  const said = floor.bus.to('sound-1', 'down/announce').map(message => message.text)
  assert.deepEqual(said, ['Có 3 giao dịch khi mất mạng, tổng bảy mươi lăm nghìn đồng'])
  floor.lanes.stop()
})

test('a pos that was away gets every payment, in order', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, [])
  for (const referenceNumber of ['FT1', 'FT2', 'FT3']) await floor.pay({ referenceNumber })
  await floor.clock.advance(3_600_000)
  await floor.comesBack('pos-1')
  await floor.clock.advance(5000)
  const heard = floor.bus.to('pos-1', 'down/payment').map(message => message.referenceNumber)
  assert.deepEqual([...new Set(heard)], ['FT1', 'FT2', 'FT3'])
  floor.lanes.stop()
})

test('on a new link nothing goes out before what the old one may have lost', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['pos-1'])
  await floor.pay({ referenceNumber: 'FT1' })
  floor.bus.here.delete('pos-1')
  await floor.clock.advance(3000)
  floor.bus.here.add('pos-1')
  floor.lanes.arriving('pos-1')
  await floor.pay({ referenceNumber: 'FT2' })
  await floor.clock.advance(3000)
  assert.equal(floor.bus.to('pos-1', 'down/payment').length, 1)
  floor.lanes.returned('pos-1')
  await floor.clock.advance(1000)
  const heard = floor.bus.to('pos-1', 'down/payment').map(message => message.referenceNumber)
  assert.deepEqual(heard, ['FT1', 'FT1', 'FT2'])
  floor.lanes.stop()
})

test('what is new goes before what a soundbox missed', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, [])
  await floor.pay({ referenceNumber: 'FT1', amount: 1_000 })
  await floor.pay({ referenceNumber: 'FT2', amount: 2_000 })
  await floor.clock.advance(10_000)
  await floor.comesBack('sound-1')
  await floor.clock.advance(10)
  await floor.pay({ referenceNumber: 'FT3', amount: 3_000 })
  for (let spoken = 0; spoken < 3; spoken += 1) {
    await floor.ack('sound-1', floor.bus.to('sound-1', 'down/announce').at(-1)?.id, 'done')
  }
  const amounts = floor.bus.to('sound-1', 'down/announce').map(message => message.amount)
  assert.deepEqual(amounts, [1_000, 3_000, 2_000])
  floor.lanes.stop()
})

test('a device that is silent costs the others nothing', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['sound-1', 'pos-1'])
  for (let payment = 0; payment < 20; payment += 1) {
    await floor.pay({ referenceNumber: `FT${payment}` })
    await floor.ack('pos-1', floor.bus.to('pos-1', 'down/payment').at(-1)?.id, 'done')
  }
  assert.equal(floor.bus.to('pos-1', 'down/payment').length, 20)
  assert.equal(floor.bus.to('sound-1', 'down/announce').length, 1)
  assert.deepEqual(floor.troubles, [])
  floor.lanes.stop()
})

test('before a device that answers can have forgotten an id, nothing new is sent until that one is settled', async () => {
  await using shop = await openShop()
  const floor = await openFloor(shop, ['pos-1'])
  const told = () => floor.bus.to('pos-1', 'down/payment')
  await floor.pay({ referenceNumber: 'FT-answered' })
  await floor.ack('pos-1', told()[0]?.id, 'done')
  for (let number = 0; number < 40; number += 1) await floor.pay({ referenceNumber: `FT-${number}` })
  await floor.clock.advance(4900)
  const before = told()
  const lost = before[1]?.id
  await floor.clock.advance(120_000)
  const again = told().findIndex((message, place) => place > 1 && message.id === lost)
  const between = new Set(
    told()
      .slice(2, again)
      .map(({ id }) => id),
  )
  assert.ok(again > 0 && between.size <= 24, `${between.size} others before the repetition`)
  assert.ok(new Set(told().map(({ id }) => id)).size <= 2 + 24)
  for (let round = 0; round < 45; round += 1) {
    for (const id of new Set(told().map(message => message.id))) await floor.ack('pos-1', id, 'done')
    await floor.clock.advance(100)
  }
  assert.equal(new Set(told().map(({ id }) => id)).size, 41)
  floor.lanes.stop()
})
