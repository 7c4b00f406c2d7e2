import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SimulatedHost } from '../../../device-sim/host/simulated-host.ts'
import { boxCodeFromBoxId, boxIdOf, handleBoxCheckSum, qrCertificateOf } from '../../../protocol/vietqr/checksums.ts'
import { Partner } from '../partner.ts'
import { ControlClient } from './control-client.ts'
import { BOX_CHECK_SUM } from './golden.ts'
import { MMS, PLAIN, startHost } from './hosts.ts'

const KEY = 'TESTKEY-NOT-REAL-1'
const MAC = 'AA:BB:CC:DD:EE:FF'
const REGISTER = '/vqr/handle-box'
const request = { macAddr: MAC, checkSum: BOX_CHECK_SUM }

function partnerOf(host: SimulatedHost): Promise<Partner> {
  return Partner.connect(host.url, ['/vqr/handle-box/response/#', 'vietqr/boxId/#', 'vietqr/bdsd/#'])
}

/** Registers the box; its id and code. */
async function registered(partner: Partner): Promise<{ readonly boxId: string; readonly boxCode: string }> {
  await partner.publish(REGISTER, request)
  const { text } = await partner.on(`/vqr/handle-box/response/${MAC}`)
  partner.forget()
  const { boxId } = JSON.parse(text)
  return { boxId, boxCode: boxCodeFromBoxId(boxId) ?? '' }
}

describe('the registration of a box', () => {
  it('is answered with the same id and certificate each time, byte for byte', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    for (const _time of [1, 2]) {
      await partner.publish(REGISTER, request)
      const { text } = await partner.on(`/vqr/handle-box/response/${MAC}`)
      const [box] = host.boxes.all()
      const code = box?.boxCode ?? ''
      assert.match(code, /^VVB[0-9]{6}$/)
      assert.equal(text, `{"qrCertificate":"${qrCertificateOf(code, MAC, KEY)}","boxId":"${boxIdOf(code, KEY)}"}`)
      partner.forget()
    }
    assert.equal(host.boxes.all().length, 1)
  })

  it('is silence for another checksum, a wildcard and, in an older build, more fields', async () => {
    await using host = await startHost({ build: 4 })
    await using partner = await partnerOf(host)
    const wild = 'AA/+'
    for (const refused of [
      { ...request, checkSum: BOX_CHECK_SUM.toUpperCase() },
      { macAddr: MAC },
      { checkSum: BOX_CHECK_SUM },
      { macAddr: wild, checkSum: handleBoxCheckSum(wild, KEY) },
      { ...request, serialNumber: '1' },
      'null',
    ]) {
      await partner.publish(REGISTER, refused)
    }
    await partner.publish(REGISTER, request)
    await partner.on(`/vqr/handle-box/response/${MAC}`)
    assert.equal(partner.heard.length, 1)
  })

  it('takes more fields in the newest build, and another key where it is told', async () => {
    const boxKey = 'another-fake-key'
    await using host = await startHost({ boxKey })
    await using partner = await partnerOf(host)
    await partner.publish(REGISTER, {
      macAddr: '11.78.36.89.21',
      checkSum: handleBoxCheckSum('11.78.36.89.21', boxKey),
      secretKey: 'x',
    })
    const { boxId } = JSON.parse((await partner.on('/vqr/handle-box/response/11.78.36.89.21')).text)
    assert.ok(Buffer.from(boxId, 'base64url').toString().endsWith(boxKey))
    assert.equal(host.boxes.all()[0]?.mac, '1178368921')
  })

  it('can be answered as older servers did: without colons, with a certificate that is not on record', async () => {
    await using host = await startHost({ faults: { boxTopic: 'no-colons', boxCertificate: 'fresh' } })
    await using partner = await partnerOf(host)
    await partner.publish(REGISTER, request)
    const { text } = await partner.on('/vqr/handle-box/response/AABBCCDDEEFF')
    const { boxId, qrCertificate } = JSON.parse(text)
    const code = boxCodeFromBoxId(boxId) ?? ''
    assert.equal(boxId, boxIdOf(code, KEY))
    assert.match(qrCertificate, /^CERT-VVB-/)
    assert.notEqual(qrCertificate, qrCertificateOf(code, MAC, KEY))
  })
})

describe('a box that is bound', () => {
  it('hears of its terminal, of codes that come and go, and of money', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    await using partner = await partnerOf(host)
    const { boxId, boxCode } = await registered(partner)
    const heard = async (type: string) => {
      const { text } = await partner.hear(message => message.text.includes(`"${type}"`), type)
      partner.forget()
      return text
    }
    const bank = { bankAccount: PLAIN.bankAccount, terminalName: 'Quay 1' }
    assert.equal((await control.post('/boxes/bind', { box: MAC, ...bank })).status, 200)
    const bound = await heard('N16')
    assert.match(bound, new RegExp(`"terminalCode":"${boxCode}","terminalName":"Quay 1","qrCode":"[0-9A-Z]*5400`))

    const { answer: order } = await control.post('/boxes/push', { box: boxCode, amount: 25_000, content: 'TRA DA' })
    assert.match(await heard('N17'), /"content":"VQR[0-9a-f]{10} TRA DA","amount":"25,000"/)
    const { orderId } = Object(order)
    assert.match(orderId, /^VVB[0-9A-Z]{8}$/)
    assert.equal((await control.post('/pay', { orderId })).status, 200)
    assert.equal(
      await heard('N05'),
      '{"notificationType":"N05","amount":"25,000","message":"Thanh toán thành công 25000 đồng"}',
    )

    await control.post('/boxes/push', { box: boxId, amount: 1_000 })
    const pushed = JSON.parse(await heard('N17'))
    await control.post('/boxes/clear', { box: boxId })
    assert.equal(
      await heard('N12'),
      `{"notificationType":"N12","transactionReceiveId":"${pushed.transactionReceiveId}"}`,
    )

    host.faults.change({ maskedAmounts: true, boxQr: 'short' })
    assert.partialDeepStrictEqual((await control.post('/boxes/pay', { box: MAC, amount: 1_250_000 })).answer, {
      told: null,
    })
    assert.match(await heard('N05'), /"amount":"\*{5}"/)
    await control.post('/boxes/push', { box: MAC, amount: 1_000 })
    assert.match(await heard('N17'), /^\{"notificationType":"N17","amount":"\*{5}","qrCode":"[^"]+"\}$/)
  })

  it('at an account of the merchant service hears of a pushed code beside the balance change', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    await using partner = await partnerOf(host)
    const { boxCode } = await registered(partner)
    await control.post('/boxes/bind', { box: boxCode, bankAccount: MMS.bankAccount })
    const order = await host.boxes.push(boxCode, 9_000, 'A1')
    assert.equal((await host.pay({ qrCode: order.qrCode })).told, `vietqr/bdsd/${boxCode}`)
    await partner.on(`vietqr/bdsd/${boxCode}`)
    await partner.hear(({ text }) => text.includes('N05'), 'N05')
  })

  it('is asked for by a name that exists, and after it was bound', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    await using partner = await partnerOf(host)
    assert.equal((await control.post('/boxes/bind', { box: MAC })).status, 404)
    await registered(partner)
    assert.equal((await control.post('/boxes/push', { box: MAC, amount: 1 })).status, 409)
    assert.equal((await control.post('/boxes/bind', { box: MAC, bankAccount: 'NONE' })).status, 404)
    assert.equal((await control.post('/boxes/bind', { box: MAC })).status, 200)
    assert.equal((await control.post('/boxes/push', { box: MAC, amount: 0 })).status, 400)
  })
})
