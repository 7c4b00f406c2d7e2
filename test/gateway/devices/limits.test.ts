import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { profileOf, tellAll } from '../../../gateway/devices/profiles/index.ts'
import { DOWN_PATHS, type ShopEvent } from '../../../gateway/devices/profiles/profile.ts'
import type { Device, Order, Payment } from '../../../gateway/ledger/model.ts'
import { checkQr } from '../../../gateway/orders/qr-check.ts'
import { newMessageId } from '../../../protocol/ids.ts'
import { toPayload } from '../../../protocol/local/down.ts'
import { DEVICE_KINDS, deviceTopic, packetBytes } from '../../../protocol/local/topics.ts'
import { DeviceMessageError, readOrder } from '../../../protocol/local/up.ts'
import { vnd } from '../../../protocol/money.ts'
import { announcementText } from '../../../protocol/voice/announcement.ts'
import { openFloor } from '../../support/floor.ts'
import { openShop, T0 } from '../../support/shop.ts'

const VOICE = { language: 'vi', region: 'north' } as const

/** A shop's devices and an order with its payment, as the ledger gives them. */
async function known(): Promise<{ device: (id: string) => Device; order: Order; payment: Payment }> {
  await using shop = await openShop()
  const order = await shop.order('vending-1', 25_000, { ticket: 'A1', counter: '1' })
  const devices = await shop.ledger.registry.devices()
  const { payment } = await shop.ledger.payments.takeLookupRow(order.terminalCode, paidRow(order), RAW)
  return {
    device: id => devices.find(({ deviceId }) => deviceId === id) ?? assert.fail(id),
    order,
    payment: payment ?? assert.fail('no payment'),
  }
}

const RAW = { topic: 'vietqr/response-status/SHOP01', payload: new Uint8Array(), receivedAt: T0 }

function paidRow({ orderId, terminalCode }: Order) {
  const money = { amount: vnd(25_000), direction: 'in', status: 'paid', refundCount: 0, amountRefunded: null } as const
  const times = { timeCreated: T0, timePaid: T0 }
  return { ...money, ...times, orderId, referenceNumber: 'FT1', content: 'CAPHE', terminalCode, note: '' }
}

interface Packet {
  readonly bytes: number
  readonly body: Record<string, unknown>
}

/** The one message of this kind that the device is told about the event. */
function told(event: ShopEvent, device: Device, kind: keyof typeof DOWN_PATHS): Packet {
  const all = tellAll(event, [device], { now: T0, voice: VOICE, newId: () => newMessageId(T0) })
  const one = all.find(delivery => delivery.kind === kind) ?? assert.fail(`no ${kind}`)
  const payload = toPayload(one.id, one.body, T0)
  return { bytes: packetBytes(deviceTopic(device.deviceId, DOWN_PATHS[kind]), payload), body: JSON.parse(payload) }
}

/**
 * Makes the text longer byte by byte until the packet has exactly the limit; the text is whole there, and shorter with one more.
 */
function atTheLimit(limit: number, field: string, message: (text: string) => Packet): void {
  const start = limit - message('').bytes
  const exact = message('x'.repeat(start))
  assert.equal(exact.bytes, limit)
  assert.equal(exact.body[field], 'x'.repeat(start))
  const beyond = message('x'.repeat(start + 1))
  assert.ok(beyond.bytes <= limit, `${beyond.bytes} bytes`)
  assert.match(String(beyond.body[field]), /^x+…$/)
  const farBeyond = message('"ộ😀'.repeat(5000))
  assert.ok(farBeyond.bytes <= limit, `${farBeyond.bytes} bytes`)
  assert.match(String(farBeyond.body[field]), /^("ộ😀)+("|"ộ)?…$/u)
}

describe('bytes', () => {
  for (const id of ['paybox-1', 'pos-1', 'vending-1']) {
    it(`an order for ${id} has at most 1024: the content is shortened`, async () => {
      const { device, order } = await known()
      const to = { ...device(id), deviceId: 'd'.repeat(32) }
      const asked = { ...order, deviceId: to.deviceId, qrCode: 'q'.repeat(512) }
      const limit = profileOf(to.kind).limits.packetBytes.order ?? 0
      assert.equal(limit, 1024)
      atTheLimit(limit, 'content', qrContent => told({ kind: 'order', order: { ...asked, qrContent } }, to, 'order'))
    })
  }

  for (const id of ['paybox-1', 'pos-1']) {
    it(`a payment for ${id} has at most 512: the content is shortened, the names of the payment are not`, async () => {
      const { device, order, payment } = await known()
      const to = { ...device(id), deviceId: 'd'.repeat(32) }
      const event = { kind: 'payment', order, announcement: { kind: 'paid', amount: vnd(1) } } as const
      const limit = profileOf(to.kind).limits.packetBytes.payment ?? 0
      assert.equal(limit, 512)
      atTheLimit(limit, 'content', content => told({ ...event, payment: { ...payment, content } }, to, 'payment'))
      const long = { ...payment, content: 'c'.repeat(900), referenceNumber: 'r'.repeat(900) }
      const shortened = told({ ...event, payment: long }, to, 'payment')
      assert.ok(shortened.bytes <= limit)
      assert.equal(shortened.body.paymentId, payment.paymentId)
    })
  }

  it('an announcement has 512, or says it shorter: the whole text at 512, the next one where it would be 513', async () => {
    const { device } = await known()
    const box = device('sound-1')
    // Amounts whose words leave the packet at exactly the limit for one length of the device's id.
    let found = 0
    for (let amount = 111_111_111_111; found < 3 && amount < 111_111_999_999; amount += 7) {
      const said = { kind: 'short', amount: vnd(amount), expected: vnd(777_777_777_777) } as const
      const whole = announcementText(said, VOICE)
      const named = (length: number): Packet =>
        told({ kind: 'summary', announcement: said }, { ...box, deviceId: 'd'.repeat(length) }, 'announce')
      const empty = named(1).bytes - Buffer.byteLength(String(named(1).body.text))
      const length = 512 - empty - Buffer.byteLength(whole) + 1
      if (length < 1 || length > 31) continue
      found += 1
      const exact = named(length)
      assert.deepEqual([exact.bytes, exact.body.text], [512, whole])
      const beyond = named(length + 1)
      assert.ok(beyond.bytes <= 512)
      assert.match(String(beyond.body.text), /^Chú ý: chuyển thiếu. Mới nhận 111\./)
    }
    assert.equal(found, 3)
  })

  it('a call has 256, or says it shorter: the whole text at 256, a shorter one where it would be 257', async () => {
    const { device, order } = await known()
    const display = { ...device('call-1'), counter: null }
    const called = (ticket: string, length: number): Packet => {
      const to = { ...display, deviceId: 'd'.repeat(length) }
      return told({ kind: 'call', order: { ...order, ticket }, counter: '"""""""3', callNumber: 2 }, to, 'call')
    }
    const fits = [...Array(13).keys()].flatMap(quotes => {
      const ticket = '"'.repeat(quotes).padEnd(12, '9')
      const length = 256 - called(ticket, 1).bytes + 1
      const whole = String(called(ticket, 1).body.text).startsWith(`Mời khách số ${ticket} đến quầy`)
      return whole && length >= 1 && length <= 31 ? [{ ticket, length }] : []
    })
    const [{ ticket, length } = assert.fail('no ticket comes to the limit')] = fits
    const exact = called(ticket, length)
    assert.deepEqual([exact.bytes, exact.body.text], [256, `Mời khách số ${ticket} đến quầy số """""""3`])
    const beyond = called(ticket, length + 1)
    assert.deepEqual([beyond.bytes <= 256, beyond.body.text], [true, `Mời khách số ${ticket}`])
  })

  it('a QR code of 512 bytes is shown, one of 513 is refused', () => {
    const answer = { kind: 'qr', orderId: null, known: true, amount: vnd(1), content: '', userBankName: null } as const
    const names = {
      bankAccount: null,
      bankCode: null,
      transactionRefId: null,
      terminalCode: null,
      additionalData1: null,
    }
    const order = { amount: vnd(1), bankAccount: '1' }
    const verdict = (bytes: number) => checkQr({ ...answer, ...names, qrCode: 'q'.repeat(bytes) }, order, 'warn')
    assert.equal(verdict(512).ok, true)
    assert.equal(verdict(513).ok, false)
  })
})

test('the largest amount may be asked for, one more may not', () => {
  const asked = (amount: number): string | number => {
    try {
      return readOrder(Buffer.from(JSON.stringify({ requestId: 'r', amount }))).amount
    } catch (error) {
      assert.ok(error instanceof DeviceMessageError)
      return error.code
    }
  }
  for (const kind of ['paybox', 'pos', 'vending'] as const) {
    const largest = profileOf(kind).limits.largestAmount ?? 0
    assert.equal(largest, 9_999_999_999)
    assert.deepEqual([asked(largest), asked(largest + 1)], [largest, 'AMOUNT_INVALID'])
  }
})

/** The device and the kind of message that each profile lets expire. */
const EXPIRING = DEVICE_KINDS.flatMap(kind =>
  Object.entries(profileOf(kind).limits.expiryMs).flatMap(([what, ms]) => (ms === null ? [] : [{ kind, what, ms }])),
)

for (const { kind, what, ms } of EXPIRING.filter(({ what }) => what !== 'order')) {
  test(`${what} for a ${kind} goes out in its last millisecond, and not after it`, async () => {
    const deviceId = { paybox: 'paybox-1', soundbox: 'sound-1', countercall: 'call-1', vending: 'vending-1', pos: '' }[
      kind
    ]
    for (const [waits, count] of [
      [ms - 1, 1],
      [ms, 0],
    ] as const) {
      await using shop = await openShop()
      const floor = await openFloor(shop, [])
      const { orderId } = await shop.order('vending-1', 25_000, { ticket: 'A1', counter: '1' })
      await floor.pay({ orderId })
      await floor.clock.advance(waits)
      floor.bus.here.add(deviceId)
      floor.lanes.returned(deviceId)
      await floor.clock.advance(0)
      // A machine is told the state of its order first.
      for (const { id } of floor.bus.to(deviceId, 'down/order')) await floor.ack(deviceId, id, 'done')
      assert.equal(floor.bus.to(deviceId, `down/${what}`).length, count, `${waits} ms`)
      floor.lanes.stop()
    }
  })
}

for (const [kind, deviceId, path] of [
  ['paybox', 'paybox-1', 'down/payment'],
  ['soundbox', 'sound-1', 'down/announce'],
  ['pos', 'pos-1', 'down/payment'],
] as const) {
  test(`a ${kind} has one unanswered message at a time, until the patience with it is over`, async () => {
    await using shop = await openShop()
    const floor = await openFloor(shop, [deviceId])
    const { patienceMs } = profileOf(kind).pace
    for (const referenceNumber of ['FT1', 'FT2']) await floor.pay({ referenceNumber })
    await floor.clock.advance(patienceMs - 1)
    assert.equal(floor.bus.to(deviceId, path).length, profileOf(kind).limits.inFlight)
    await floor.clock.advance(1)
    assert.equal(floor.bus.to(deviceId, path).length, 2)
    floor.lanes.stop()
  })
}
