import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { firstJson, scanQrCode } from '../../../device-sim/devices/json-scan.ts'
import { KNOBS, readKnobs } from '../../../device-sim/devices/knobs.ts'
import { PacketBuffer } from '../../../device-sim/devices/packet-buffer.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { Partner } from '../partner.ts'
import { MOMENT, Shop } from './shop.ts'

const fresh = { expiresAt: MOMENT / 1000 + 90, ttl: 90 }
const announcement = { kind: 'paid', amount: 25000, text: 'Đã nhận', language: 'vi', ...fresh }
const vend = (id: string, amount: number) => ({ id, orderId: `ORDER-${id}`, amount, ...fresh })
const manual = () => new ManualClock(MOMENT)

describe('the switches', () => {
  it('are fourteen knobs, each with its switches or the place where it is played', () => {
    assert.deepEqual(
      KNOBS.map(knob => knob.number),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
    )
    assert.ok(KNOBS.every(({ switches, elsewhere }) => switches.length > 0 !== (elsewhere !== undefined)))
    const names = KNOBS.flatMap(({ switches }) => switches.map(({ name }) => name))
    assert.equal(new Set(names).size, names.length)
  })

  it('make quirks of what was given, both halves of the pulses in any order', () => {
    const given = {
      'pulse-table': '10000=1',
      pulses: '100/60',
      buffer: '512',
      'publish-retained': true,
      dedup: '1',
    } as const
    const { pulses, ...quirks } = readKnobs('vending', given)
    assert.deepEqual(quirks, { bufferBytes: 512, publishRetained: true, memory: 1 })
    assert.deepEqual(pulses, { onMs: 100, offMs: 60, table: new Map([[10000, 1]]) })
    assert.deepEqual(readKnobs('pos', { network: 'half-open@30+10', screen: '30/60/10' }), {
      network: { kind: 'half-open', afterMs: 30_000, forMs: 10_000 },
      screen: { wait: 30, code: 60, success: 10 },
    })
  })

  const refused: readonly (readonly [Parameters<typeof readKnobs>[0], Record<string, string | true>, RegExp])[] = [
    ['pos', { buffer: '63' }, /--buffer: "63" cannot be; it should be a whole number from 64 to 65535/],
    ['pos', { buffer: '65536' }, /--buffer/],
    ['pos', { dedup: '2' }, /one of 0, 1, 32/],
    ['pos', { pulses: '150/50' }, /--pulses is for vending, vietqr-vending; a pos has no such part/],
    ['vending', { pulses: '150' }, /150\/50/],
    ['vending', { 'pulse-table': '10000' }, /10000=2/],
    ['pos', { network: 'rain@3' }, /outage@30\+10/],
    ['paybox', { screen: '30/60' }, /30\/60\/10/],
    ['soundbox', { pairing: 'once' }, /vietqr-box/],
    ['vietqr-box', { dedup: '32' }, /a vietqr-box has no such part/],
  ]
  for (const [kind, given, words] of refused) {
    it(`refuse ${JSON.stringify(given)} for a ${kind}`, () => assert.throws(() => readKnobs(kind, given), words))
  }
})

describe('a small buffer', () => {
  it('is read on into what stood there, up to the end of the first whole object', () => {
    const buffer = new PacketBuffer(null, true)
    const read = (topic: string, text: string) => buffer.read({ topic, qos: 1, payload: Buffer.from(text) })
    assert.equal(read('a', '{"amount":500000}'), '{"amount":500000}')
    assert.equal(read('a', '{"a":1}'), '{"a":1}')
    assert.equal(read('a', '{"amount":2'), '{"amount":200000}')
    assert.equal(read('a', ''), '{"amount":200000}')
    assert.equal(read('b', ''), '')
  })

  it('ends a code at the next quote, and has no room for 512 characters', () => {
    assert.equal(scanQrCode('x"qrCode":"A\\"B"'), 'A\\')
    assert.equal(scanQrCode('{"qrCode": "A"}'), null)
    assert.equal(scanQrCode(`"qrCode":"${'x'.repeat(511)}"`)?.length, 511)
    assert.equal(scanQrCode(`"qrCode":"${'x'.repeat(512)}"`), null)
    assert.equal(firstJson('{"a":"}\\"{","b":{}}}'), '{"a":"}\\"{","b":{}}')
    assert.equal(firstJson('null{}'), null)
  })
})

describe('a native device with', { concurrency: 4 }, () => {
  it('a buffer: a packet one byte too long is neither heard nor acknowledged, and comes again to a persistent session', async () => {
    const filled = (id: string, bytes: number) => {
      const empty = { id, ...announcement, text: '' }
      const used = 7 + 'gw/v1/soundbox-1/down/announce'.length + Buffer.byteLength(JSON.stringify(empty))
      return { ...empty, text: 'x'.repeat(bytes - used) }
    }
    await using shop = await Shop.open()
    const soundbox = await shop.device('soundbox', { quirks: { bufferBytes: 400, cleanSession: false } })
    await soundbox.tell('down/announce', filled('LONG', 401))
    await soundbox.tell('down/announce', filled('FITS', 400))
    assert.deepEqual(await soundbox.acks(['FITS', 'done']), ['FITS received', 'FITS done'])
    await soundbox.device.stop()
    const larger = await shop.device('soundbox', { quirks: { bufferBytes: 401, cleanSession: false } })
    await larger.acks(['LONG', 'done'])
  })

  it('a search for the code: none in JSON that is not compact', async () => {
    await using shop = await Shop.open()
    const paybox = await shop.device('paybox', { quirks: { scanQrCode: true } })
    const order = { orderId: 'O', state: 'awaiting_payment', amount: 1, received: 0, content: 'X', qrCode: 'QR' }
    await shop.gateway.publish('gw/v1/paybox-1/down/order', JSON.stringify({ id: 'A', ...order }, null, 1))
    await paybox.tell('down/order', { id: 'B', ...order })
    await paybox.acks(['B', 'done'])
    assert.deepEqual(
      paybox.effects.map(effect => 'qrCode' in effect),
      [false, true],
    )
  })

  it('everything retained at QoS 0', async () => {
    await using shop = await Shop.open()
    const board = await shop.device('countercall', { quirks: { publishRetained: true } })
    await board.device.press('next')
    await board.said('up/event', () => true)
    await using late = await Partner.connect(shop.url, ['gw/v1/countercall-1/up/event'])
    assert.equal((await late.on('gw/v1/countercall-1/up/event')).retained, true)
  })

  it('pulses: of two payments within two ticks the first is lost, and it is deaf during the train', async () => {
    const clock = manual()
    await using shop = await Shop.open()
    const quirks = readKnobs('vending', { pulses: '150/50' })
    const vending = await shop.device('vending', { clock, now: undefined, quirks })
    await vending.tell('down/vend', vend('A', 10_000))
    await vending.tell('down/vend', vend('B', 20_000))
    await vending.acks(['B', 'received'])
    await clock.advance(20)
    await vending.tell('down/vend', vend('C', 10_000))
    await clock.advance(799)
    assert.deepEqual(vending.effects, [])
    await clock.advance(1)
    await vending.acks(['B', 'done'])
    await vending.acks(['C', 'received'])
    assert.deepEqual(
      vending.seen(({ effect }) => effect === 'pulse').map(({ orderId, pulses }) => [orderId, pulses]),
      [['ORDER-B', 4]],
    )
    assert.deepEqual(
      (await vending.said('up/result', () => true)).map(({ orderId }) => orderId),
      ['ORDER-B'],
    )
  })

  it('a queue of 2 and words that take their time: done says it early, and the fourth is lost', async () => {
    const clock = manual()
    await using shop = await Shop.open()
    const quirks = { queue: 2, wordMs: 500, ackBeforeEffect: true }
    const soundbox = await shop.device('soundbox', { clock, now: undefined, quirks })
    for (const id of ['A', 'B', 'C', 'D'])
      await soundbox.tell('down/announce', { id, ...announcement, amount: id.charCodeAt(0) })
    assert.deepEqual((await soundbox.acks(['C', 'done'])).at(-1), 'C done')
    assert.deepEqual(soundbox.effects, [])
    await soundbox.complains(/down\/announce came while the queue was full/)
    await clock.advance(999)
    assert.equal(soundbox.effects.length, 0)
    await clock.advance(5_000)
    assert.deepEqual(
      soundbox.seen(() => true).map(({ amount }) => amount),
      [65, 66, 67],
    )
  })

  for (const [memory, spoken] of [
    [0, 4],
    [1, 3],
    [32, 2],
  ] as const) {
    it(`a memory of ${memory}`, async () => {
      await using shop = await Shop.open()
      const soundbox = await shop.device('soundbox', { quirks: { memory } })
      for (const id of ['A', 'A', 'B', 'A', 'END']) await soundbox.tell('down/announce', { id, ...announcement })
      await soundbox.acks(['END', 'done'])
      assert.equal(soundbox.effects.length, spoken + 1)
    })
  }

  it('ids cut at 3: a longer one that begins alike is a duplicate', async () => {
    await using shop = await Shop.open()
    const soundbox = await shop.device('soundbox', { quirks: { idCharacters: 3 } })
    await soundbox.tell('down/announce', { id: 'PAY1', ...announcement })
    await soundbox.tell('down/announce', { id: 'PAY2', ...announcement })
    assert.deepEqual(await soundbox.acks(['PAY2', 'duplicate']), ['PAY1 received', 'PAY1 done', 'PAY2 duplicate'])
  })

  it('a screen of its own: back at the menu after 30, 60 and 10 seconds', async () => {
    const clock = manual()
    await using shop = await Shop.open()
    const quirks = readKnobs('vending', { screen: '30/60/10' })
    const vending = await shop.device('vending', { clock, now: undefined, quirks })
    const order = { orderId: 'O', amount: 1, received: 0, content: 'X' }
    const menus = () => vending.seen(({ view }) => view === 'menu').map(({ after }) => after)
    vending.device.order({ amount: 1 }).catch(() => {})
    await clock.advance(30_000)
    await vending.tell('down/order', { id: 'A', ...order, state: 'awaiting_payment' })
    await vending.acks(['A', 'done'])
    await clock.advance(59_999)
    assert.deepEqual(menus(), ['wait'])
    await clock.advance(1)
    await vending.tell('down/order', { id: 'B', ...order, state: 'paid' })
    await vending.acks(['B', 'done'])
    await clock.advance(10_000)
    assert.deepEqual(menus(), ['wait', 'code', 'success'])
  })

  it('another client id after a reconnect, the old link left open by a new address', async () => {
    const clock = manual()
    await using shop = await Shop.open()
    const quirks = { newClientIds: true, network: { kind: 'address', afterMs: 1_000 } as const }
    const soundbox = await shop.device('soundbox', { clock, now: undefined, quirks })
    await clock.advance(1_000)
    await soundbox.untilReachable(2)
    await soundbox.tell('down/announce', { id: 'A', ...announcement })
    await soundbox.acks(['A', 'done'])
    assert.equal(soundbox.effects.length, 1)
    assert.equal(soundbox.device.online, true)
  })

  it('a half-open link: what comes meanwhile waits for nobody, until it notices', async () => {
    const clock = manual()
    await using shop = await Shop.open()
    const network = { kind: 'half-open', afterMs: 1_000, forMs: 9_000 } as const
    const soundbox = await shop.device('soundbox', { clock, now: undefined, quirks: { network } })
    await clock.advance(1_000)
    await soundbox.tell('down/announce', { id: 'LOST', ...announcement })
    await clock.advance(8_999)
    assert.deepEqual([soundbox.device.online, soundbox.effects.length], [false, 0])
    await clock.advance(1)
    await soundbox.untilReachable(2)
    await soundbox.tell('down/announce', { id: 'A', ...announcement })
    assert.deepEqual(await soundbox.acks(['A', 'done']), ['A received', 'A done'])
  })

  it('a link that dies: it hears nothing more until its power was cut', async () => {
    const clock = manual()
    await using shop = await Shop.open()
    const soundbox = await shop.device('soundbox', {
      clock,
      now: undefined,
      quirks: { network: { kind: 'death', afterMs: 1_000 } },
    })
    await clock.advance(1_000)
    assert.equal(soundbox.device.online, false)
    await soundbox.device.powerOff()
    soundbox.device.powerOn()
    await soundbox.untilReachable(2)
    await soundbox.tell('down/announce', { id: 'A', ...announcement })
    await soundbox.acks(['A', 'done'])
  })

  it('a will with a blank behind it: nobody who watches its status hears that it is gone', async () => {
    await using shop = await Shop.open()
    const pos = await shop.device('pos', { quirks: { will: 'trailing-blank' } })
    await using watcher = await Partner.connect(shop.url, ['gw/v1/pos-1/up/+'])
    await pos.device.powerOff()
    await watcher.on('gw/v1/pos-1/up/status ')
    assert.equal(
      watcher.heard.some(({ topic, text }) => topic === 'gw/v1/pos-1/up/status' && !JSON.parse(text).online),
      false,
    )
  })

  it('a clock of 1970: its request ids are of that time', async () => {
    const clock = manual()
    await using shop = await Shop.open()
    const pos = await shop.device('pos', { clock, now: undefined, quirks: { clockWrongSeconds: 60 } })
    pos.device.order({ amount: 1 }).catch(() => {})
    const [early] = await pos.said('up/order', () => true)
    await clock.advance(60_000)
    shop.gateway.forget()
    pos.device.order({ amount: 1 }).catch(() => {})
    const [later] = await pos.said('up/order', ({ requestId }) => requestId !== early?.requestId)
    assert.ok(String(early?.requestId) < String(later?.requestId))
    assert.match(String(early?.requestId), /^0000/)
  })
})
