import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectAsync } from 'mqtt'
import { RecentIds } from '../../../device-sim/devices/recent-ids.ts'
import { vnd } from '../../../protocol/money.ts'
import { buildQr } from '../../../protocol/vietqr/qr/payload.ts'
import { Partner } from '../partner.ts'
import { MOMENT, Shop } from './shop.ts'

const SECONDS = MOMENT / 1000
const QR = buildQr({ dynamic: true, bin: '970422', account: '9990000001', service: 'QRIBFTTA', ...asked() })
const READ = { ok: true, bin: '970422', account: '9990000001', ...asked() }
const fresh = { expiresAt: SECONDS + 90, ttl: 90 }
const announcement = { kind: 'paid', amount: 25000, text: 'Đã nhận hai mươi lăm nghìn đồng', language: 'vi', ...fresh }
const awaiting = {
  orderId: 'ORDER1',
  state: 'awaiting_payment',
  amount: 25000,
  received: 0,
  content: 'VQR0123456789 CA PHE',
  qrCode: QR,
  ...fresh,
}
const payment = {
  paymentId: 'PAY1',
  referenceNumber: 'FT1',
  orderId: 'ORDER1',
  amount: 20000,
  expected: 25000,
  match: 'under',
  content: 'CA PHE',
}

describe('a device says in this order', () => {
  it('received, done after its effect, and duplicate for an id it has seen', async () => {
    await using shop = await Shop.open()
    const soundbox = await shop.device('soundbox')
    await soundbox.tell('down/announce', { id: 'A', ...announcement })
    await soundbox.tell('down/announce', { id: 'A', ...announcement })
    assert.deepEqual(await soundbox.acks(['A', 'duplicate']), ['A received', 'A done', 'A duplicate'])
    assert.equal(soundbox.effects.length, 1)
  })

  it('expired, without an effect, for what came too late', async () => {
    await using shop = await Shop.open()
    const soundbox = await shop.device('soundbox')
    await soundbox.tell('down/announce', { id: 'A', ...announcement, ttl: 0 })
    assert.deepEqual(await soundbox.acks(['A', 'expired']), ['A expired'])
    assert.deepEqual(soundbox.effects, [])
  })

  it('failed for what it cannot use', async () => {
    await using shop = await Shop.open()
    const soundbox = await shop.device('soundbox')
    await soundbox.tell('down/announce', { id: 'A' })
    await soundbox.tell('down/vend', { id: 'B', orderId: 'ORDER1', amount: 25000, ...fresh })
    assert.deepEqual(await soundbox.acks(['B', 'failed']), ['A failed', 'B failed'])
    assert.deepEqual(soundbox.effects, [])
  })

  it('nothing to a message without an id, or to one that is no JSON', async () => {
    await using shop = await Shop.open()
    const pos = await shop.device('pos')
    await shop.gateway.publish('gw/v1/pos-1/down/order', 'nonsense')
    await pos.tell('down/error', { code: 'ORDER_UNKNOWN', message: 'Không tìm thấy đơn hàng' })
    await pos.tell('down/link', { id: 'L', host: 'up', since: SECONDS })
    assert.deepEqual(await pos.acks(['L', 'done']), ['L received', 'L done'])
    assert.deepEqual(pos.effects[0], {
      effect: 'screen',
      view: 'error',
      error: { code: 'ORDER_UNKNOWN', message: 'Không tìm thấy đơn hàng' },
    })
  })

  it('its result before done, when it is a vending machine', async () => {
    await using shop = await Shop.open()
    const vending = await shop.device('vending')
    await vending.tell('down/vend', { id: 'V', orderId: 'ORDER1', item: 'A1', amount: 25000, ...fresh })
    await vending.acks(['V', 'done'])
    const said = shop.gateway.heard.map(({ topic }) => topic.replace('gw/v1/vending-1/', ''))
    assert.deepEqual(said.slice(-3), ['up/ack', 'up/result', 'up/ack'])
    const [result] = await vending.said('up/result', () => true)
    assert.deepEqual(result, { orderId: 'ORDER1', result: 'ok' })
    assert.deepEqual(vending.effects, [{ effect: 'dispense', orderId: 'ORDER1', item: 'A1', amount: 25000 }])
  })
})

describe('a device remembers', () => {
  it('the last 32 ids', async () => {
    await using shop = await Shop.open()
    const soundbox = await shop.device('soundbox')
    for (let i = 0; i < 33; i++) await soundbox.tell('down/announce', { id: `A${i}`, ...announcement })
    await soundbox.tell('down/announce', { id: 'A1', ...announcement })
    await soundbox.tell('down/announce', { id: 'A0', ...announcement })
    await soundbox.tell('down/announce', { id: 'END', ...announcement })
    const acks = await soundbox.acks(['END', 'done'])
    assert.deepEqual(acks.slice(-5), ['A1 duplicate', 'A0 received', 'A0 done', 'END received', 'END done'])
  })

  it('ids, but not its screen, when its plug is pulled and put back', async () => {
    await using shop = await Shop.open()
    const vending = await shop.device('vending')
    await vending.tell('down/vend', { id: 'V', orderId: 'ORDER1', amount: 25000, ...fresh })
    await vending.tell('down/order', { id: 'O', ...awaiting })
    await vending.acks(['O', 'done'])
    await vending.device.powerOff()
    assert.equal(vending.device.online, false)
    vending.device.powerOn()
    vending.device.powerOn()
    await vending.untilReachable(2)
    await vending.device.key('simulate')
    assert.equal((await vending.said('up/simulate', () => true))[0]?.orderId, '')
    await vending.tell('down/vend', { id: 'V', orderId: 'ORDER1', amount: 25000, ...fresh })
    await vending.acks(['V', 'duplicate'])
    assert.equal(vending.effects.filter(effect => 'effect' in effect && effect.effect === 'dispense').length, 1)
  })

  it('them across a loss of power, where it is given a memory', async () => {
    await using shop = await Shop.open()
    let kept: readonly string[] = []
    const memory = () => new RecentIds(kept, ids => (kept = [...ids]))
    const before = await shop.device('vending', { memory: memory() })
    await before.tell('down/vend', { id: 'V', orderId: 'ORDER1', amount: 25000, ...fresh })
    await before.acks(['V', 'done'])
    await before.device.cutPower()
    const after = await shop.device('vending', { memory: memory() })
    await after.tell('down/vend', { id: 'V', orderId: 'ORDER1', amount: 25000, ...fresh })
    await after.acks(['V', 'duplicate'])
    assert.deepEqual(after.effects, [])
  })
})

describe('what a person notices of', () => {
  it('a soundbox is speech', async () => {
    await using shop = await Shop.open()
    const soundbox = await shop.device('soundbox')
    await soundbox.tell('down/announce', { id: 'A', ...announcement })
    await soundbox.acks(['A', 'done'])
    const { expiresAt: _expiresAt, ttl: _ttl, ...said } = announcement
    assert.deepEqual(soundbox.effects, [{ effect: 'speak', ...said }])
  })

  it('a counter-call device is a call', async () => {
    await using shop = await Shop.open()
    const board = await shop.device('countercall')
    const call = { ticket: 'A015', counter: '3', callNumber: 2, text: 'Mời khách số A015 đến quầy số 3' }
    await board.tell('down/call', { id: 'C', ...call, ...fresh })
    await board.acks(['C', 'done'])
    assert.deepEqual(board.effects, [{ effect: 'call', ...call }])
  })

  it('a pos is each payment', async () => {
    await using shop = await Shop.open()
    const pos = await shop.device('pos')
    await pos.tell('down/payment', { id: 'P', paidAt: SECONDS, ...payment })
    await pos.acks(['P', 'done'])
    assert.deepEqual(pos.effects, [{ effect: 'screen', view: 'payment', ...payment }])
  })

  it('a paybox is the order and its state, with a code as long as something is to be paid', async () => {
    await using shop = await Shop.open()
    const paybox = await shop.device('paybox')
    await paybox.tell('down/order', { id: 'O1', ...awaiting })
    await paybox.tell('down/order', { id: 'O2', ...awaiting, state: 'paid', received: 25000, ttl: 0 })
    await paybox.acks(['O2', 'done'])
    const { expiresAt: _expiresAt, ttl: _ttl, qrCode, ...order } = awaiting
    const code = { qrCode, qr: READ, secondsLeft: 90 }
    assert.deepEqual(paybox.effects, [
      { effect: 'screen', view: 'order', ...order, ...code },
      { effect: 'screen', view: 'order', ...order, state: 'paid', received: 25000 },
    ])
  })

  it('a machine is no code while the host is away, and the code again afterwards', async () => {
    await using shop = await Shop.open()
    const vending = await shop.device('vending')
    await vending.tell('down/link', { id: 'L1', host: 'down', since: SECONDS })
    await vending.tell('down/order', { id: 'O1', ...awaiting })
    await vending.tell('down/link', { id: 'L2', host: 'up', since: SECONDS })
    await vending.acks(['L2', 'done'])
    const { expiresAt: _expiresAt, ttl: _ttl, qrCode, ...order } = awaiting
    const code = { qrCode, qr: READ, secondsLeft: 90 }
    assert.deepEqual(vending.effects, [
      { effect: 'screen', view: 'link', host: 'down' },
      { effect: 'screen', view: 'order', ...order },
      { effect: 'screen', view: 'link', host: 'up' },
      { effect: 'screen', view: 'order', ...order, ...code },
    ])
  })
})

describe('a device that orders', () => {
  it('asks with one requestId until it is answered', async () => {
    await using shop = await Shop.open()
    const vending = await shop.device('vending', { resendMs: 20 })
    const answer = vending.device.order({ amount: 25000, item: 'A1' })
    await vending.said('up/order', () => true)
    shop.gateway.forget()
    const [request] = await vending.said('up/order', () => true)
    assert.match(String(request?.requestId), /^[A-Za-z0-9._-]{1,36}$/)
    assert.deepEqual(request, { amount: 25000, item: 'A1', requestId: request?.requestId })
    await vending.tell('down/order', { id: 'O', requestId: request?.requestId, ...awaiting })
    assert.equal((await answer).orderId, 'ORDER1')
  })

  it('takes a refusal for an answer, and shows it', async () => {
    await using shop = await Shop.open()
    const vending = await shop.device('vending')
    const answer = vending.device.order({ amount: 25000, requestId: 'R1' })
    await vending.said('up/order', ({ requestId }) => requestId === 'R1')
    const error = { code: 'HOST_DOWN', message: 'Mất kết nối VietQR' }
    await vending.tell('down/order', { id: 'O', requestId: 'R1', state: 'failed', error })
    assert.deepEqual((await answer).error, error)
    assert.deepEqual(vending.effects, [{ effect: 'screen', view: 'order', state: 'failed', error }])
  })

  it('cancels, looks up and simulates what it shows', async () => {
    await using shop = await Shop.open()
    const pos = await shop.device('pos')
    await pos.tell('down/order', { id: 'O', ...awaiting })
    await pos.acks(['O', 'done'])
    await pos.device.cancel()
    await pos.device.lookup()
    await pos.device.lookup({ referenceNumber: 'FT1' })
    await pos.device.simulate()
    const bodies = [
      ...(await pos.said('up/cancel', () => true)),
      ...(await pos.said('up/lookup', ({ referenceNumber }) => referenceNumber === 'FT1')),
      ...(await pos.said('up/simulate', () => true)),
    ]
    assert.deepEqual(
      bodies.map(({ requestId: _requestId, ...body }) => body),
      [{ orderId: 'ORDER1' }, { orderId: 'ORDER1' }, { referenceNumber: 'FT1' }, { orderId: 'ORDER1' }],
    )
    assert.equal(new Set(bodies.map(({ requestId }) => requestId)).size, 4)
  })

  it('is told so when it is stopped first', async () => {
    await using shop = await Shop.open()
    const vending = await shop.device('vending')
    const answer = vending.device.order({ amount: 25000 })
    await vending.device.stop()
    await assert.rejects(answer, { code: 'DEVICE_STOPPED' })
  })
})

describe('the link of a device', () => {
  it('begins with a retained status, repeated in time', async () => {
    await using shop = await Shop.open()
    const paybox = await shop.device('paybox', { statusEveryMs: 20 })
    const [status] = await paybox.said('up/status', () => true)
    assert.deepEqual(status, {
      online: true,
      firmware: 'sim',
      model: 'simulated-paybox',
      battery: 100,
      rssi: -50,
      volume: 80,
    })
    await using late = await Partner.connect(shop.url, ['gw/v1/paybox-1/up/status'])
    assert.equal((await late.on('gw/v1/paybox-1/up/status')).retained, true)
    await paybox.tell('down/config', { id: 'CFG', now: SECONDS, volume: 30 })
    await paybox.said('up/status', ({ volume }) => volume === 30)
  })

  it('ends with offline: by the device when it is stopped, by its will when the power goes', async () => {
    await using shop = await Shop.open()
    const paybox = await shop.device('paybox')
    await paybox.device.stop()
    assert.deepEqual((await paybox.said('up/status', ({ online }) => online === false)).at(-1), { online: false })
    const pos = await shop.device('pos')
    await pos.device.cutPower()
    assert.deepEqual((await pos.said('up/status', ({ online }) => online === false)).at(-1), { online: false })
  })

  it('comes back by itself after it was lost', async () => {
    await using shop = await Shop.open()
    const soundbox = await shop.device('soundbox')
    // Another connection with its client id: the broker closes the first one.
    const rival = await connectAsync(shop.url, { clientId: 'soundbox-1', protocolVersion: 4, reconnectPeriod: 0 })
    await rival.endAsync(true)
    await soundbox.untilReachable(2)
    await soundbox.tell('down/announce', { id: 'A', ...announcement })
    assert.deepEqual(await soundbox.acks(['A', 'done']), ['A received', 'A done'])
  })
})

function asked() {
  return { amount: vnd(25000), content: 'VQR0123456789 CA PHE' }
}
