import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Actor } from '../../../gateway/ledger/audit-trail.ts'
import type { DeviceKind } from '../../../protocol/local/topics.ts'
import { vnd } from '../../../protocol/money.ts'
import { openShop, pay, type Shop, sampleTerminal, T0, TERMINAL } from '../../support/shop.ts'

const AN: Actor = { who: 'an', via: 'cli' }
const LATER = T0 + 60_000
const OTHER = 'SHOP02'

const WAYS = {
  removed: ({ ledger }: Shop, id: string) => ledger.registry.removeDevice(id, LATER, AN),
  disabled: ({ ledger }: Shop, id: string) => ledger.registry.changeDevice(id, { action: 'disable' }, LATER, AN),
  moved: ({ ledger }: Shop, id: string) =>
    ledger.registry.changeDevice(id, { action: 'move', terminalCode: OTHER }, LATER, AN),
} as const

async function openWithTwo(confirm: 'never' | 'release' = 'never'): Promise<Shop> {
  const shop = await openShop({ confirm })
  await shop.ledger.registry.addTerminal(sampleTerminal(OTHER, '9990000002'))
  return shop
}

function pairAgain(shop: Shop, deviceId: string, kind: DeviceKind): Promise<void> {
  const secretSha256 = new Uint8Array(32).fill(1)
  const place = { name: deviceId, terminalCode: TERMINAL, counter: null }
  return shop.ledger.registry.addDevice({ deviceId, kind, ...place, secretSha256, createdAt: LATER })
}

for (const [way, leave] of Object.entries(WAYS)) {
  test(`a device that is ${way} ends its deliveries as failed, with the reason`, async () => {
    await using shop = await openWithTwo()
    await pay(shop, {})
    const left = await leave(shop, 'sound-1')
    assert.deepEqual(
      left?.ended.map(({ kind, state, error }) => [kind, state, /the device was \w+/.test(error ?? '')]),
      [['announce', 'failed', true]],
    )
    assert.deepEqual(await shop.told('sound-1'), [])
    // What it did not hear is no news for whoever comes next.
    if (way === 'removed') await pairAgain(shop, 'sound-1', 'soundbox')
    if (way === 'disabled') await shop.ledger.registry.changeDevice('sound-1', { action: 'enable' }, LATER, AN)
    await shop.ledger.deliveries.freshen('sound-1', LATER + 1)
    assert.deepEqual(await shop.told('sound-1'), [])
  })

  test(`goods a machine was told to release before it was ${way} are unknown; those it was not told are failed`, async () => {
    await using shop = await openWithTwo()
    const orders = [await shop.order('vending-1', 10_000), await shop.order('vending-1', 20_000)]
    for (const [index, { orderId, amount }] of orders.entries()) {
      await pay(shop, { orderId, amount, referenceNumber: `FT${index}` })
    }
    const vends = (await shop.told('vending-1')).filter(({ delivery }) => delivery.kind === 'vend')
    await shop.ledger.deliveries.noteSent(vends[0]?.delivery ?? assert.fail(), T0 + 1)
    const left = await leave(shop, 'vending-1')
    assert.deepEqual(
      left?.ended.filter(({ kind }) => kind === 'vend').map(({ state }) => state),
      ['unknown', 'failed'],
    )
    const after = await Promise.all(orders.map(({ orderId }) => shop.ledger.orders.get(orderId)))
    assert.deepEqual(
      after.map(order => order?.fulfilment),
      ['unknown', 'failed'],
    )
    // A lane that was about to send it does not.
    assert.equal(await shop.ledger.deliveries.noteSent(vends[1]?.delivery ?? assert.fail(), LATER), false)
  })

  test(`orders of a machine that was ${way} are cancelled, and money for them is listed for refund`, async () => {
    await using shop = await openWithTwo('release')
    const [open, short, paid] = [
      await shop.order('vending-1', 10_000),
      await shop.order('vending-1', 20_000),
      await shop.order('vending-1', 30_000),
    ]
    await pay(shop, { orderId: short.orderId, amount: 5_000, referenceNumber: 'FT1' })
    await pay(shop, { orderId: paid.orderId, amount: 30_000, referenceNumber: 'FT2' })
    const left = await leave(shop, 'vending-1')
    assert.deepEqual(
      left?.orders.map(({ state, fulfilment }) => [state, fulfilment]),
      [
        ['cancelled', 'none'],
        ['cancelled', 'refund'],
        ['paid', 'failed'],
      ],
    )
    assert.ok(left?.told.includes('paybox-1'), 'the code leaves the screens')
    const late = await pay(shop, { orderId: open.orderId, amount: 10_000, referenceNumber: 'FT3' }, LATER)
    assert.equal(late.order?.fulfilment, 'refund')
    assert.ok(!late.told.includes('vending-1'))
  })
}

test('a device with the id of a removed one inherits nothing', async () => {
  await using shop = await openWithTwo()
  const { ledger } = shop
  const asked = { requestId: 'buy-1' }
  const till = await shop.order('pos-1', 15_000, asked)
  const machine = await shop.order('vending-1', 25_000, asked)
  await ledger.registry.noteStatus('vending-1', { online: true, firmware: '1.0', battery: 50 }, T0 + 1)
  for (const [id, kind] of [
    ['pos-1', 'pos'],
    ['vending-1', 'vending'],
  ] as const) {
    await ledger.registry.removeDevice(id, LATER, AN)
    await pairAgain(shop, id, kind)
  }
  const device = await ledger.registry.device('vending-1')
  assert.deepEqual([device?.firmware, device?.battery, device?.lastSeenAt], [null, null, null])

  // Its orders: money for them lets nothing go and is not told to it as its own.
  await pay(shop, { orderId: machine.orderId, amount: 25_000, referenceNumber: 'FT1' }, LATER)
  await pay(shop, { orderId: till.orderId, amount: 15_000, referenceNumber: 'FT2' }, LATER)
  assert.deepEqual(
    (await shop.told('vending-1')).map(({ delivery }) => delivery.kind),
    [],
  )
  assert.ok((await shop.told('pos-1')).every(({ delivery }) => delivery.kind === 'payment'))
  assert.equal((await ledger.orders.get(till.orderId))?.state, 'paid', 'a till that is gone leaves a debt to the shop')
  assert.equal(await ledger.orders.cancel(till.orderId, 'pos-1', LATER), null)
  assert.equal(await ledger.orders.noteResult('vending-1', { orderId: machine.orderId, result: 'ok' }), null)

  // Its requests: the same request id is another request.
  const again = await shop.order('vending-1', 26_000, { ...asked, amount: vnd(26_000), fingerprint: 'other' })
  assert.notEqual(again.orderId, machine.orderId)
  assert.deepEqual((await ledger.orders.get(machine.orderId))?.former, {
    deviceId: 'vending-1',
    requestId: 'buy-1',
    kind: 'vending',
  })
})

test('goods are not released by hand through a machine that is disabled or gone', async () => {
  for (const leave of [WAYS.disabled, WAYS.removed]) {
    await using shop = await openShop({ confirm: 'release' })
    const { orderId } = await shop.order('vending-1', 25_000)
    await pay(shop, { orderId, amount: 25_000 })
    await shop.ledger.orders.hold(orderId, T0 + 50_000)
    await leave(shop, 'vending-1')
    const refused = await shop.ledger.orders.decide(orderId, 'release', 'x', LATER, AN)
    assert.match(refused?.refusal ?? '', /is disabled: enable it first|was removed/)
    assert.equal(
      (await shop.ledger.orders.decide(orderId, 'refund-listed', 'x', LATER, AN))?.order.fulfilment,
      'refund',
    )
  }
})

test('a change to what is so already changes nothing and is not audited; an unknown terminal is refused', async () => {
  await using shop = await openWithTwo()
  const { registry, audit } = shop.ledger
  await pay(shop, {})
  const { entries } = await audit.verify()
  for (const change of [
    { action: 'enable' },
    { action: 'rename', name: 'sound-1' },
    { action: 'move', terminalCode: TERMINAL },
  ] as const) {
    assert.equal((await registry.changeDevice('sound-1', change, LATER, AN))?.changed, false)
  }
  await assert.rejects(
    registry.changeDevice('sound-1', { action: 'move', terminalCode: 'NOWHERE' }, LATER, AN),
    /there is no terminal NOWHERE/,
  )
  assert.equal(await registry.changeDevice('nobody', { action: 'disable' }, LATER, AN), null)
  assert.equal(await registry.rotateDevice('nobody', { secretSha256: new Uint8Array(32) }, LATER, AN), false)
  assert.equal((await audit.verify()).entries, entries)
  assert.equal((await shop.told('sound-1')).length, 1, 'what it has to hear still waits')
  // Another counter of the same terminal is no reason to forget anything.
  await registry.changeDevice('sound-1', { action: 'move', terminalCode: TERMINAL, counter: '2' }, LATER, AN)
  assert.equal((await shop.told('sound-1')).length, 1)
})
