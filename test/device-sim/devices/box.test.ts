import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../support/manual-clock.ts'
import { CERTIFICATE, CHECK_SUM, Counter, MAC, N16, TO_BOX } from './counter.ts'

const BDSD = 'vietqr/bdsd/VVB123456'
const RESPONSE = 'vietqr/response/VVB123456'
const FAST = {
  pulses: {
    onMs: 3,
    offMs: 1,
    table: new Map([
      [10_000, 2],
      [20_000, 4],
      [50_000, 10],
      [100_000, 20],
      [200_000, 40],
      [500_000, 100],
    ]),
  },
}
const screens = (counter: Counter) => counter.effects.flatMap(seen => (seen.effect === 'screen' ? [seen.view] : []))
const pulses = (counter: Counter) =>
  counter.effects.flatMap(seen => (seen.effect === 'pulse' ? [[seen.amount, seen.pulses]] : []))

describe('a vietqr-box', { concurrency: 4 }, () => {
  it('asks who it is, shows its certificate and hears what is pushed to it', async () => {
    await using counter = await Counter.open('vietqr-box')
    counter.box.powerOn()
    assert.equal((await counter.host.on('/vqr/handle-box')).text, JSON.stringify({ macAddr: MAC, checkSum: CHECK_SUM }))
    await counter.answered()
    const [certificate] = counter.effects
    assert.deepEqual(
      { ...certificate, at: '' },
      {
        effect: 'screen',
        view: 'certificate',
        text: 'Quét mã QR bằng ứng dụng VietQR để kích hoạt',
        qrCode: CERTIFICATE,
        at: '',
      },
    )
    await counter.host.publish(TO_BOX, N16)
    await counter.host.publish(TO_BOX, { notificationType: 'N05', amount: '50,000', message: 'Đã nhận 50000' })
    await counter.host.publish(TO_BOX, {
      notificationType: 'N17',
      transactionReceiveId: 'T1',
      amount: '20,000',
      qrCode: 'QR-1',
    })
    await counter.host.publish(TO_BOX, { notificationType: 'N12', transactionReceiveId: 'T2' })
    await counter.host.publish(TO_BOX, { notificationType: 'N12', transactionReceiveId: 'T1' })
    await counter.host.publish(TO_BOX, { notificationType: 'N05', amount: 30000, message: 'Đã nhận 30000' })
    await counter.sees(seen => seen.effect === 'speak' && seen.text === 'Đã nhận 30000', 'the last is spoken')
    const shown = counter.effects.slice(1).map(seen => {
      if (seen.effect === 'screen' && 'amount' in seen) return `${seen.view} ${seen.amount}`
      return seen.effect === 'speak' ? `says ${seen.text}` : seen.effect === 'screen' ? seen.view : seen.effect
    })
    assert.deepEqual(shown, [
      'static',
      'says activated',
      'popup 50,000',
      'says Đã nhận 50000',
      'qr 20,000',
      'says scan the code',
      'cancelled ...',
      'success null',
      'says Đã nhận 30000',
    ])
  })

  it('speaks nothing without Internet, and drops what its 512 bytes cannot hold without a word', async () => {
    await using counter = await Counter.open('vietqr-box', {}, { internet: false })
    await counter.paired()
    // Payload, topic of 49 bytes and 7 of header: 512, and one more.
    const filled = (bytes: number) => {
      const head = '{"notificationType":"N05","amount":"1","message":"'
      return `${head}${'x'.repeat(bytes - 7 - TO_BOX.length - head.length - 2)}"}`
    }
    await counter.host.publish(TO_BOX, filled(513))
    await counter.host.publish(TO_BOX, filled(512))
    await counter.says(/no Internet/)
    await counter.host.publish(TO_BOX, { notificationType: 'N05', amount: '2', message: 'x' })
    await counter.sees(seen => seen.effect === 'screen' && seen.view === 'success', 'both that fit', 2)
    assert.equal(counter.effects.filter(seen => seen.effect === 'speak').length, 0)
    assert.deepEqual(screens(counter), ['certificate', 'success', 'success'])
  })

  it('is deaf after a reconnect between its pairing and its N16, and not after a reboot', async () => {
    await using counter = await Counter.open('vietqr-box', { network: { kind: 'outage', afterMs: 150, forMs: 1 } })
    await counter.paired()
    await new Promise<void>(resolve => counter.box.events.once('gone', resolve))
    assert.equal(await counter.connected(), `esp32-client-${MAC}`)
    await counter.host.publish(TO_BOX, N16)
    assert.equal(counter.box.online, false)
    assert.deepEqual(screens(counter), ['certificate'])
    await counter.box.powerOff()
    const reachable = new Promise<void>(resolve => counter.box.events.once('reachable', resolve))
    counter.box.powerOn()
    await reachable
    assert.equal(
      counter.host.heard.some(({ topic }) => topic === '/vqr/handle-box'),
      false,
    )
    await counter.host.publish(TO_BOX, N16)
    await counter.sees(seen => seen.effect === 'screen' && seen.view === 'static', 'it is activated')
  })
})

describe('a vietqr-vending', { concurrency: 4 }, () => {
  it('asks for a code at QoS 0 and retained, finds it in the bytes of the answer, and pulses', async () => {
    await using counter = await Counter.open('vietqr-vending', FAST)
    await counter.paired()
    await counter.host.publish(TO_BOX, N16)
    await counter.sees(seen => seen.effect === 'screen' && seen.view === 'menu', 'its bank data came')
    await counter.box.order({ amount: 20_000 })
    const request = await counter.host.on('vietqr/request/VVB123456')
    assert.equal(
      request.text,
      '{"amount":20000,"content":"PaymentForOrder","bankAccount":"9990000001","bankCode":"MB","userBankName":"CONG TY MAU","transType":"C","orderId":"VPB500000","terminalCode":"VVB123456","serviceCode":"SVC001","additionalData":[{"additionalData1":"500000"}]}',
    )
    await counter.host.publish(RESPONSE, '{"qrCode": "SPACED"}')
    await counter.host.publish(RESPONSE, '{"amount":"1","qrCode":"QR-LATE","orderId":"ANOTHER"}')
    await counter.sees(seen => seen.effect === 'screen' && seen.view === 'qr', 'the code')
    await counter.host.publish(BDSD, { amount: 20000.0, status: 1 })
    await counter.sees(seen => seen.effect === 'pulse', 'pulses')
    assert.deepEqual(pulses(counter), [[20_000, 4]])
    assert.deepEqual(screens(counter), ['certificate', 'menu', 'wait', 'qr', 'success'])
    await assert.rejects(counter.box.order({ amount: 25_000 }), /no key for 25000; there are 10000/)
  })

  it('takes any number on its topic for money: twice, of no order, out of its table, but no text', async () => {
    await using counter = await Counter.open('vietqr-vending', FAST)
    await counter.paired()
    const money = { amount: 10000, referenceNumber: 'FT1', orderId: 'NOBODY', status: 0 }
    for (const times of [1, 2]) {
      await counter.host.publish(BDSD, money)
      await counter.sees(seen => seen.effect === 'pulse', `${times} trains`, times)
    }
    await counter.host.publish(BDSD, { amount: 25000 })
    await counter.host.publish(BDSD, { amount: '10000' })
    await counter.sees(seen => seen.effect === 'screen' && seen.view === 'success', 'four successes', 4)
    const amounts = counter.effects.flatMap(seen =>
      seen.effect === 'screen' && seen.view === 'success' ? [seen.amount] : [],
    )
    assert.deepEqual(amounts, ['10000 VND', '10000 VND', '25000 VND', '0 VND'])
    assert.deepEqual(pulses(counter), [
      [10_000, 2],
      [10_000, 2],
    ])
  })

  it('loses all but the last of the payments that come while it pulses, and runs an empty message as the last again', async () => {
    const clock = new ManualClock()
    await using counter = await Counter.open('vietqr-vending', FAST, { clock })
    await counter.paired()
    const success = (times: number) =>
      counter.sees(seen => seen.effect === 'screen' && seen.view === 'success', `${times} successes`, times)
    await counter.host.publish(BDSD, { amount: 200000 })
    await success(1)
    await clock.advance(20)
    for (const amount of [10000, 20000, 50000]) await counter.host.publish(BDSD, { amount })
    assert.equal(screens(counter).filter(view => view === 'success').length, 1)
    await clock.advance(160)
    await success(4)
    await clock.advance(60)
    assert.deepEqual(pulses(counter), [
      [200_000, 40],
      [50_000, 10],
    ])
    await counter.host.publish(BDSD, '')
    await success(5)
    await clock.advance(60)
    assert.deepEqual(pulses(counter).at(-1), [50_000, 10])
  })

  it('forgets its bank data with a notification that has none, and reports cash in its own JSON', async () => {
    await using counter = await Counter.open('vietqr-vending', FAST)
    await counter.paired()
    await counter.host.publish(TO_BOX, N16)
    await counter.host.publish(BDSD, { notificationType: 'N05', amount: '1' })
    await counter.host.publish(TO_BOX, { ...N16, bankAccount: '' })
    await counter.sees(seen => seen.effect === 'screen' && seen.view === 'menu', 'both N16', 2)
    await counter.box.key('cash 3')
    await counter.box.key('cash 1')
    const cash = await counter.host.on('vietqr/cash/VVB123456')
    const { amount, bankAccount, additionalData } = JSON.parse(cash.text)
    assert.deepEqual(
      { amount, bankAccount, additionalData },
      { amount: 20_000, bankAccount: '', additionalData: [{ additionalData1: 'tienmat' }] },
    )
    assert.match(cash.text, /"userBankName": +"/)
    counter.host.forget()
    await counter.box.key('cash 5')
    assert.equal(JSON.parse((await counter.host.on('vietqr/cash/VVB123456')).text).amount, 0)
  })

  it('pings nobody while it pulses: the broker cuts it off, and it is back only after the train', async () => {
    // 100 pulses of 20 ms are 2 s; with a keepalive of 1 s the broker waits for 1.5.
    const pulses = { onMs: 15, offMs: 5, table: FAST.pulses.table }
    await using counter = await Counter.open('vietqr-vending', { pulses, keepaliveSeconds: 1 })
    await counter.paired()
    const order: string[] = []
    counter.box.events.on('gone', () => order.push('gone'))
    counter.box.events.on('effect', ({ effect }) => order.push(effect))
    await counter.host.publish(BDSD, { amount: 500_000 })
    await counter.answered()
    assert.deepEqual(order, ['screen', 'gone', 'pulse', 'screen'])
  })

  it('asks who it is at every connection, under another client id, and is deaf until it is told', async () => {
    await using counter = await Counter.open('vietqr-vending', { network: { kind: 'outage', afterMs: 100, forMs: 1 } })
    counter.box.powerOn()
    assert.equal(await counter.connected(), `esp32${MAC}`)
    await counter.answered()
    assert.equal(await counter.connected(), `esp32_LTE_${MAC}`)
    await counter.host.on('/vqr/handle-box')
    assert.equal(counter.box.online, false)
    await counter.answered()
    assert.equal(counter.box.online, true)
  })

  it('goes back to its menu by itself, and stays half done when its power goes', async () => {
    const clock = new ManualClock()
    await using counter = await Counter.open('vietqr-vending', {}, { clock })
    await counter.paired()
    await counter.box.order({ amount: 20_000 })
    await clock.advance(29_999)
    assert.deepEqual(screens(counter), ['certificate', 'wait'])
    await clock.advance(1)
    assert.deepEqual(screens(counter), ['certificate', 'wait', 'menu'])
    await counter.host.publish(RESPONSE, '{"qrCode":"TOO-LATE"}')
    await counter.host.publish(BDSD, { amount: 500_000 })
    await counter.sees(seen => seen.effect === 'screen' && seen.view === 'success', 'money is money')
    await clock.advance(20 + 2 * 200 + 199)
    await counter.box.powerOff()
    assert.deepEqual(pulses(counter), [[500_000, 2]])
    assert.deepEqual(screens(counter), ['certificate', 'wait', 'menu', 'success'])
  })
})
