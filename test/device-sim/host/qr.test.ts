import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import type { SimulatedHost } from '../../../device-sim/host/simulated-host.ts'
import { parseQr } from '../../../protocol/vietqr/qr/payload.ts'
import { Partner } from '../partner.ts'
import { MMS, PLAIN, qrRequest, startHost } from './hosts.ts'

/** One request and the text of its answer. */
async function ask(host: SimulatedHost, change: Readonly<Record<string, unknown>>): Promise<string> {
  await using partner = await Partner.connect(host.url, ['vietqr/response/#'])
  await partner.publish('vietqr/request/VVB123456', qrRequest(change))
  return (await partner.hear(() => true, 'an answer')).text
}

function fieldsOf(answer: string): Record<string, string> {
  return JSON.parse(answer)
}

describe('a QR request is answered', () => {
  it('for a plain account with a trace token before the content, byte for byte', async () => {
    await using host = await startHost()
    const answer = await ask(host, {})
    const { content, qrCode, imgId, transactionRefId } = fieldsOf(answer)
    assert.match(content ?? '', /^VQR[0-9a-f]{10} GUID1$/)
    assert.match(transactionRefId ?? '', /^[A-Za-z0-9_-]{48}$/)
    assert.equal(
      answer,
      `{"bankCode":"MB","bankName":"Ngân hàng TMCP Quân đội","bankAccount":"1234567891","userBankName":"TRAN THI B","amount":"25000","content":"${content}","qrCode":"${qrCode}","imgId":"${imgId}","existing":1,"transactionId":"","transactionRefId":"${transactionRefId}","qrLink":"https://vietqr.example/qr-generated?token=${transactionRefId}","terminalCode":"VVB123456","serviceCode":"SVC001","orderId":"GW0000000001","additionalData":[{"additionalData1":"GW0000000001"}]}`,
    )
    const qr = parseQr(qrCode ?? '')
    assert.deepEqual(
      [qr.dynamic, qr.bin, qr.account, qr.amount, qr.content],
      [false, '970422', '1234567891', 25000, content],
    )
  })

  it('for a merchant account with its content unchanged, byte for byte', async () => {
    await using host = await startHost()
    const answer = await ask(host, { bankAccount: MMS.bankAccount, serviceCode: undefined })
    const { qrCode, imgId, transactionRefId } = fieldsOf(answer)
    assert.equal(
      answer,
      `{"bankCode":"MB","bankName":"Ngân hàng TMCP Quân đội","bankAccount":"1234567890","userBankName":"NGUYEN VAN A","amount":"25000","content":"GUID1","qrCode":"${qrCode}","imgId":"${imgId}","existing":1,"transactionId":"","transactionRefId":"${transactionRefId}","qrLink":"https://vietqr.example/qr-generated?token=${transactionRefId}","terminalCode":"VVB123456","serviceCode":null,"orderId":"GW0000000001","additionalData":[{"additionalData1":"GW0000000001"}]}`,
    )
    const qr = parseQr(qrCode ?? '')
    assert.deepEqual([qr.dynamic, qr.amount, qr.content, qr.billNumber], [true, 25000, 'GUID1', 'GW0000000001'])
  })

  it('for an account VietQR does not know with existing 0 and nulls, byte for byte', async () => {
    await using host = await startHost()
    const answer = await ask(host, { bankAccount: '5550000001', userBankName: 'Le Thi C' })
    const { content, qrCode, imgId } = fieldsOf(answer)
    assert.match(content ?? '', /^VQR[0-9a-f]{10} GUID1$/)
    assert.equal(
      answer,
      `{"bankCode":"MB","bankName":"Ngân hàng TMCP Quân đội","bankAccount":"5550000001","userBankName":"LE THI C","amount":"25000","content":"${content}","qrCode":"${qrCode}","imgId":"${imgId}","existing":0,"transactionId":null,"transactionRefId":null,"qrLink":null,"terminalCode":null,"serviceCode":"SVC001","orderId":"GW0000000001","additionalData":[{"additionalData1":"GW0000000001"}]}`,
    )
    assert.equal(host.orders()[0]?.transaction, null)
  })

  it('for an unknown account at BIDV with an empty content and references that point at nothing', async () => {
    await using host = await startHost()
    const { content, qrCode, existing, transactionRefId } = fieldsOf(await ask(host, { bankCode: 'BIDV' }))
    assert.deepEqual([content, existing, transactionRefId?.length], ['', 0, 48])
    assert.equal(parseQr(qrCode ?? '').content, null)
  })

  it('for a merchant account without content with a token of its own', async () => {
    await using host = await startHost()
    assert.match(
      fieldsOf(await ask(host, { bankAccount: MMS.bankAccount, content: '' })).content ?? '',
      /^VQR[0-9a-f]{10}$/,
    )
  })

  it('for a merchant account in the way of plain ones when transType is not exactly C', async () => {
    await using host = await startHost()
    const { content } = fieldsOf(await ask(host, { bankAccount: MMS.bankAccount, transType: 'c' }))
    assert.match(content ?? '', /^VQR[0-9a-f]{10} GUID1$/)
  })

  it('without a token when reconciliation is false', async () => {
    await using host = await startHost()
    assert.equal(fieldsOf(await ask(host, { reconciliation: false })).content, 'GUID1')
  })

  it('even without an amount, which is then spelt null, and is not stored', async () => {
    await using host = await startHost()
    const { amount, qrCode } = fieldsOf(await ask(host, { amount: undefined }))
    assert.equal(amount, 'null')
    assert.match(qrCode ?? '', /5404null/)
    assert.equal(host.orders()[0]?.transaction, null)
  })

  it('on the topic of the terminal in the payload, null included', async () => {
    await using host = await startHost()
    await using partner = await Partner.connect(host.url, ['vietqr/response/#'])
    await partner.publish('vietqr/request/A', qrRequest({ terminalCode: 'B' }))
    await partner.on('vietqr/response/B')
    await partner.publish('vietqr/request/A', qrRequest({ terminalCode: undefined }))
    await partner.on('vietqr/response/null')
  })

  it('anew each time: nothing is de-duplicated', async () => {
    await using host = await startHost()
    const one = fieldsOf(await ask(host, {}))
    const other = fieldsOf(await ask(host, {}))
    assert.notEqual(one.content, other.content)
    assert.notEqual(one.transactionRefId, other.transactionRefId)
    assert.equal(host.orders().length, 2)
  })

  it('with additionalData as it came, null and empty included', async () => {
    await using host = await startHost()
    for (const [sent, echoed] of [
      [undefined, 'null'],
      [[], '[]'],
      [[{}], '[{"additionalData1":null}]'],
    ]) {
      assert.ok((await ask(host, { additionalData: sent })).endsWith(`"additionalData":${echoed}}`))
    }
  })

  it('one after the other: a slow bank holds up everybody behind it', async () => {
    await using host = await startHost({ faults: { bankDelay: 30 } })
    await using partner = await Partner.connect(host.url, ['vietqr/response/#'])
    await partner.publish('vietqr/request/A', qrRequest({ bankAccount: MMS.bankAccount, terminalCode: 'SLOW' }))
    await partner.publish('vietqr/request/A', qrRequest({ terminalCode: 'QUICK' }))
    await partner.on('vietqr/response/QUICK')
    assert.deepEqual(
      partner.heard.map(({ topic }) => topic),
      ['vietqr/response/SLOW', 'vietqr/response/QUICK'],
    )
  })
})

describe('storing an order', () => {
  it('comes after the answer on a plain account', async () => {
    await using host = await startHost({ faults: { storeDelay: 10 } })
    const order: string[] = []
    host.events.on('answered', () => order.push('answered'))
    host.events.on('stored', () => order.push('stored'))
    const stored = once(host.events, 'stored')
    await ask(host, {})
    await stored
    assert.deepEqual(order, ['answered', 'stored'])
  })

  it('comes before the answer on a merchant account', async () => {
    await using host = await startHost()
    const order: string[] = []
    host.events.on('answered', () => order.push('answered'))
    host.events.on('stored', () => order.push('stored'))
    await ask(host, { bankAccount: MMS.bankAccount })
    assert.deepEqual(order.slice(0, 1), ['stored'])
  })

  it('also comes of a merchant request whose answer cannot be published', async () => {
    await using host = await startHost()
    await using partner = await Partner.connect(host.url, [])
    const refusal = once(host.events, 'refused')
    await partner.publish('vietqr/request/A', qrRequest({ bankAccount: MMS.bankAccount, terminalCode: 'A#' }))
    await refusal
    assert.equal(host.openOrders()[0]?.transaction?.status, 0)
  })
})

describe('the MQTT client of the host', () => {
  it('executes retained requests when it connects', async () => {
    await using broker = await startHost({ accounts: [] })
    await using partner = await Partner.connect(broker.url, ['vietqr/response/#'])
    await partner.publish('vietqr/request/A', qrRequest({ bankAccount: PLAIN.bankAccount, terminalCode: 'A' }), true)
    await partner.on('vietqr/response/A')
    partner.forget()
    await using late = await startHost({ broker: { kind: 'attached', url: broker.url } })
    const heard = await partner.on('vietqr/response/A')
    assert.equal(fieldsOf(heard.text).existing, 1)
    assert.equal(heard.retained, false)
    assert.equal(late.url, broker.url)
  })

  it('says why it cannot be started', async () => {
    await using taken = await startHost()
    const port = Number(new URL(taken.url).port)
    await assert.rejects(startHost({ broker: { kind: 'embedded', port } }), /another program listens there already/)
    await assert.rejects(startHost({ broker: { kind: 'attached', url: 'mqtt://127.0.0.1:9' } }), /ECONNREFUSED/)
  })
})
