import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import type { HostBrokerChoice } from '../../device-sim/host/simulated-host.ts'
import { PLAIN } from '../device-sim/host/hosts.ts'
import { BoxClient } from '../support/box-client.ts'
import { BoxShop, MACS, type Said, type SeenBox } from '../support/box-shop.ts'
import { startMosquitto } from '../support/mosquitto.ts'
import { needsMosquitto } from '../support/needs.ts'

describe('a vending box of VietQR, unmodified', () => {
  let shop: BoxShop
  let box: SeenBox
  before(async () => {
    shop = await BoxShop.open()
  })
  after(() => shop[Symbol.asyncDispose]())

  it('is onboarded at the host, activated by a merchant, and gets its terminal from that', async () => {
    const shown: unknown[] = []
    const waiting = await shop.ask('devices pair box', { kind: 'vietqr-vending', mac: MACS.vending })
    assert.deepEqual(Object.keys(waiting), ['deviceId', 'kind', 'mac', 'terminalCode', 'bound', 'qrCertificate'])
    assert.equal(waiting.bound, false)
    assert.match(String(waiting.qrCertificate), /^CERT-VVB-/)
    const [known] = shop.host.boxes.all()
    const bound = await shop.ask(
      'devices pair box',
      { kind: 'vietqr-vending', mac: MACS.vending, waitMs: 5000 },
      said => {
        shown.push(said)
        void shop.host.boxes.bind(MACS.vending, undefined, 'Máy số 1')
      },
    )
    assert.deepEqual(bound, {
      deviceId: 'box-aabbccddee01',
      kind: 'vietqr-vending',
      mac: MACS.vending,
      terminalCode: known?.boxCode,
      bound: true,
    })
    assert.deepEqual(shown, [waiting])
    const [terminal] = await shop.list('terminals list')
    assert.deepEqual([terminal?.terminalCode, terminal?.name], [known?.boxCode, 'Máy số 1'])
    const again = await shop.ask('devices pair box', { kind: 'vietqr-vending', mac: MACS.vending.toLowerCase() })
    assert.deepEqual(again, bound)
    assert.equal(shop.host.boxes.all().length, 1)
  })

  it('is answered at its own connect, shows the code of what was chosen, and pulses once when it is paid', async () => {
    box = shop.box('vietqr-vending', MACS.vending)
    await box.sees('menu')
    await box.box.order({ amount: 20_000 })
    await box.sees('qr')
    const [order] = await shop.list('orders list')
    assert.match(String(order?.requestId), /^VPB\d+$/)
    assert.notEqual(order?.orderId, order?.requestId)
    await shop.host.payments.pay({ orderId: String(order?.orderId) })
    await box.sees('pulse 20000')
    const [paid] = await shop.list('orders list')
    assert.deepEqual([paid?.state, paid?.fulfilment], ['paid', 'released'])
  })

  it('is answered also while the host is away, at every reconnect, in the very form it wrote its MAC', async () => {
    await box.box.powerOff()
    await shop.host.stop()
    box.box.powerOn()
    await box.reachable()
    await box.box.powerOff()
    await using other = await BoxClient.connect(shop.boxesUrl, 'esp32_LTE_aabbccddee01')
    await other.subscribe('/vqr/handle-box/response/aa.bb.cc.dd.ee.01')
    await other.asks('aa.bb.cc.dd.ee.01')
    const answer = await other.hears('/vqr/handle-box/response/aa.bb.cc.dd.ee.01')
    assert.deepEqual(Object.keys(JSON.parse(answer)), ['qrCertificate', 'boxId'])
  })

  it('a second link of its MAC closes the first', async () => {
    const first = await BoxClient.connect(shop.boxesUrl, `esp32${MACS.vending}`)
    await using second = await BoxClient.connect(shop.boxesUrl, `esp32_LTE_${MACS.vending}`)
    await first.closed()
    assert.equal(second.open, true)
  })
})

describe('what a vending box asks for and is told', () => {
  let shop: BoxShop
  let box: BoxClient
  let code: string
  before(async () => {
    shop = await BoxShop.open()
    code = String((await shop.bind('vietqr-vending', MACS.vending)).terminalCode)
    box = await BoxClient.connect(shop.boxesUrl, `esp32${MACS.vending}`)
    for (const path of ['response', 'response-status', 'bdsd']) {
      assert.equal(await box.subscribe(`vietqr/${path}/${code}`), 1)
    }
  })
  after(async () => {
    await box[Symbol.asyncDispose]()
    await shop[Symbol.asyncDispose]()
  })

  const request = (orderId: string, amount: number, more: Said = {}): Said => ({
    amount,
    content: 'PaymentForOrder',
    bankAccount: '',
    bankCode: '',
    userBankName: '',
    transType: 'C',
    orderId,
    terminalCode: code,
    serviceCode: 'SVC001',
    additionalData: [{ additionalData1: '4711' }],
    ...more,
  })
  const openOrders = async () => (await shop.list('orders list')).filter(({ state }) => state === 'awaiting_payment')
  async function letter(reason: string): Promise<Said> {
    for (;;) {
      const [newest] = await shop.list('dead-letters list')
      if (newest?.reason === reason) return newest
      await once(shop.news, 'line')
    }
  }

  it('one request is one order, however often it is said; the box hears its own id again', async () => {
    await box.say(`vietqr/request/${code}`, request('VPB1', 20_000))
    const answer = await box.hears(`vietqr/response/${code}`)
    assert.match(answer, /"qrCode":"000201/)
    const { orderId, additionalData, amount } = JSON.parse(answer)
    assert.deepEqual([orderId, additionalData, amount], ['VPB1', [{ additionalData1: '4711' }], '20000'])
    await box.say(`vietqr/request/${code}`, request('VPB1', 20_000))
    assert.equal(JSON.parse(await box.hears(`vietqr/response/${code}`, 2)).qrCode, JSON.parse(answer).qrCode)
    const [order, ...others] = await openOrders()
    assert.deepEqual([order?.requestId, others.length], ['VPB1', 0])
  })

  it('an id that is drawn again later, with another mark, is another order; contradicting itself it is none', async () => {
    await box.say(`vietqr/request/${code}`, request('VPB2', 10_000))
    await box.hears(`vietqr/response/${code}`, 3)
    await box.say(`vietqr/request/${code}`, request('VPB1', 50_000, { additionalData: [{ additionalData1: '4712' }] }))
    const { orderId, amount } = JSON.parse(await box.hears(`vietqr/response/${code}`, 4))
    assert.deepEqual([orderId, amount], ['VPB1', '50000'])
    assert.equal((await openOrders()).length, 3)
    await box.say(`vietqr/request/${code}`, request('VPB1', 10_000))
    await letter('REQUEST_CONFLICT')
    assert.equal((await openOrders()).length, 3)
  })

  it('what has no pulses, another terminal, or no sense is not sold: no answer, a dead letter', async () => {
    const bad: readonly (readonly [Said | string, string])[] = [
      [request('VPB10', 25_000), 'AMOUNT_INVALID'],
      [request('VPB11', 20_000, { terminalCode: 'VVB000000' }), 'TERMINAL_UNKNOWN'],
      ['{"amount":', 'MALFORMED'],
      [request('VPB12', -20_000), 'AMOUNT_INVALID'],
      [request('VPB/13', 20_000), 'MALFORMED'],
    ]
    for (const [said, reason] of bad) {
      await box.say(`vietqr/request/${code}`, said)
      assert.equal((await letter(reason)).source, 'device')
    }
    await box.say(`vietqr/request/${code}`, '')
    assert.equal(box.heard.filter(({ topic }) => topic === `vietqr/response/${code}`).length, 4)
  })

  it('money of an order comes once, as a number, with the order of the box', async () => {
    await box.say(`vietqr/request/${code}`, request('VPB20', 200_000))
    await box.hears(`vietqr/response/${code}`, 5)
    const [order] = await shop.list('orders list')
    await shop.host.payments.pay({ orderId: String(order?.orderId) })
    const paid = JSON.parse(await box.hears(`vietqr/bdsd/${code}`))
    assert.deepEqual([paid.amount, paid.orderId, paid.status, paid.transType], [200_000, 'VPB20', 1, 'C'])
    assert.match(paid.referenceNumber, /^FT/)
    assert.equal(box.heard.filter(({ topic }) => topic.startsWith('vietqr/boxId/')).length, 0)
    assert.equal(
      box.heard.some(({ retained, text }) => retained || text === ''),
      false,
    )
  })

  it('an insertion of cash is recorded once', async () => {
    const cash = request('VPB30', 50_000, { additionalData: [{ additionalData1: 'tienmat' }] })
    for (const said of [cash, cash, request('VPB31', 0)]) await box.say(`vietqr/cash/${code}`, said)
    const counted = () => shop.lines.filter(line => line.includes('"msg":"cash"')).map(line => JSON.parse(line).amount)
    while (!counted().includes(0)) await once(shop.news, 'line')
    assert.deepEqual(counted(), [50_000, 0])
  })

  it('nothing of it went to the host but requests in its own form, not retained; what was retained was cleared', async () => {
    const received = shop.host.journal.read({
      after: 0,
      events: ['received', 'ignored'],
      topic: undefined,
      most: 10_000,
    })
    const asked = received.filter(({ topic }) => topic === `vietqr/request/${code}`)
    const [cleared, ...sent] = asked
    assert.equal(cleared?.payload, '')
    assert.equal(sent.length, 4)
    for (const { payload, retained } of sent) {
      const { orderId, bankAccount } = JSON.parse(String(payload))
      assert.match(orderId, /^[0-9A-Z]{13}$/)
      assert.deepEqual([bankAccount, retained], ['1234567890', false])
    }
    assert.deepEqual(
      received.filter(({ topic }) => topic === `vietqr/cash/${code}`).map(({ payload }) => payload),
      [''],
    )
  })
})

describe('a QR box of VietQR, unmodified', () => {
  let shop: BoxShop
  let box: SeenBox
  let terminalCode: string
  before(async () => {
    shop = await BoxShop.open()
  })
  after(() => shop[Symbol.asyncDispose]())

  it('shows its certificate, and its own code as soon as a merchant has activated it', async () => {
    const pairing = shop.ask('devices pair box', { kind: 'vietqr-box', mac: MACS.screen, waitMs: 5000 })
    box = shop.box('vietqr-box', MACS.screen)
    await box.sees('certificate')
    await box.reachable()
    await shop.host.boxes.bind(MACS.screen, undefined, 'Quán phở của chị Hương ở đường Nguyễn Thị Minh Khai, Quận 3')
    await box.sees('static')
    terminalCode = String((await pairing).terminalCode)
    const [screen] = box.effects.filter(effect => effect.effect === 'screen' && effect.view === 'static')
    assert.match(JSON.stringify(screen), /Quán phở của chị/)
  })

  const order = async (amount: number): Promise<string> =>
    String((await shop.ask('orders create', { terminal: terminalCode, amount })).orderId)

  it('shows the code of every order of its terminal, and says once that it was paid', async () => {
    const orderId = await order(25_000)
    await box.sees('qr')
    await shop.host.payments.pay({ orderId })
    await box.sees('says Đã nhận hai mươi lăm nghìn đồng')
    assert.deepEqual(box.seen.slice(-3), ['says scan the code', 'success', 'says Đã nhận hai mươi lăm nghìn đồng'])
  })

  it('takes the code off when the order is cancelled, or when too little came, which never looks like success', async () => {
    const cancelled = await order(26_000)
    await box.sees('qr', 2)
    await shop.ask('orders cancel', { id: cancelled })
    await box.sees('cancelled')
    const orderId = await order(200_000)
    await box.sees('qr', 3)
    const before = box.seen.filter(seen => seen === 'success').length
    await shop.host.payments.pay({ orderId, amount: 200 })
    await box.sees('cancelled', 2)
    assert.equal(box.seen.filter(seen => seen === 'success').length, before)
  })

  it('says what was paid on its static code, of which the host tells nobody else, and no payment twice', async () => {
    const said = (amount: number) => box.seen.filter(seen => seen.startsWith('says') && seen.includes(String(amount)))
    await shop.host.boxes.payStatic(MACS.screen, 33_000)
    await box.sees('says Thanh toán thành công 33000 đồng')
    const { qrCode } = await shop.host.boxes.push(MACS.screen, 44_000, 'CAPHE')
    await box.sees('qr', 4)
    await shop.host.payments.pay({ qrCode })
    await box.sees('says Đã nhận bốn mươi tư nghìn đồng')
    // The host's own word of that payment is given up a second later, before this one is told.
    await shop.host.boxes.payStatic(MACS.screen, 55_000)
    await box.sees('says Thanh toán thành công 55000 đồng')
    assert.deepEqual([said(33_000).length, said(44_000).length, said(55_000).length], [1, 0, 1])
  })

  it('comes back to its static code, and to the code of the order that can still be paid', async () => {
    await order(27_000)
    await box.sees('qr', 5)
    await box.box.powerOff()
    const before = box.effects.length
    box.box.powerOn()
    await box.sees('qr', 6)
    const back = box.seen.slice(before).filter(seen => !seen.startsWith('says'))
    assert.deepEqual([back.includes('static'), back.at(-1)], [true, 'qr'])
  })

  it('follows its merchant to another account', async () => {
    await shop.host.boxes.bind(MACS.screen, PLAIN.bankAccount, 'Quầy mới')
    await box.sees('static', box.seen.filter(seen => seen === 'static').length + 1)
    const terminal = await shop.ask('terminals show', { code: terminalCode })
    assert.deepEqual([terminal.bankAccount, terminal.holder], [PLAIN.bankAccount, PLAIN.userBankName])
    const trail = (await shop.list('audit list')).map(({ action, subject }) => [action, subject])
    assert.deepEqual(trail.slice(0, 4), [
      ['terminals change', terminalCode],
      ['devices pair', `box-${MACS.screen.replaceAll(':', '').toLowerCase()}`],
      ['terminals add', terminalCode],
      ['devices pair', `box-${MACS.screen.replaceAll(':', '').toLowerCase()}`],
    ])
  })
})

describe('a box that is activated while the gateway is stopped', () => {
  /** VietQR's broker keeps N16 for the gateway; N16 is said once. */
  async function activatedMeanwhile(broker: HostBrokerChoice): Promise<void> {
    await using shop = await BoxShop.open({}, broker)
    const off = shop.box('vietqr-box', MACS.stranger)
    const boxes = [shop.box('vietqr-vending', MACS.vending), shop.box('vietqr-box', MACS.screen), off]
    for (const { box } of boxes) await shop.ask('devices pair box', { kind: box.kind, mac: box.deviceId })
    for (const box of boxes) await box.reachable()
    await off.box.powerOff()
    await shop.gateway.stop()
    for (const { box } of boxes) await shop.host.boxes.bind(box.deviceId, undefined, 'Quầy mới')
    await shop.restart()
    off.box.powerOn()
    const [vending, screen] = boxes
    await vending?.sees('menu')
    // Connected all the time, its firmware listens to nothing before it has been told.
    await Promise.all([screen?.sees('static'), off.sees('static')])
    await screen?.reachable()
    const devices = await shop.list('devices list')
    assert.equal(devices.length, 3)
  }

  it('is served when it is back, with the simulated broker of VietQR', () =>
    activatedMeanwhile({ kind: 'embedded', port: 0 }))

  it('and with a Mosquitto in its place', { skip: needsMosquitto() }, async () => {
    await using broker = await startMosquitto()
    await activatedMeanwhile({ kind: 'attached', url: broker.url })
  })
})
