import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { z } from 'zod'
import type { SimulatedHost } from '../../../device-sim/host/simulated-host.ts'
import { lookupCheckSum } from '../../../protocol/vietqr/checksums.ts'
import { Partner } from '../partner.ts'
import { ControlClient } from './control-client.ts'
import { MMS, PLAIN, qrRequest, startHost } from './hosts.ts'

const EVERYTHING = ['vietqr/response/#', 'vietqr/response-status/#', 'vietqr/bdsd/#', 'free/#']

function partnerOf(host: SimulatedHost): Promise<Partner> {
  return Partner.connect(host.url, EVERYTHING)
}

async function order(partner: Partner, orderId = 'M1', bankAccount = MMS.bankAccount): Promise<void> {
  await partner.publish('vietqr/request/T1', qrRequest({ bankAccount, orderId, terminalCode: 'T1' }))
  await partner.hear(({ text }) => text.includes(`"orderId":"${orderId}"`), `the code of ${orderId}`)
  partner.forget()
}

const receipt = z.object({ referenceNumber: z.string(), amount: z.number() })
const log = z.array(z.object({ n: z.number(), event: z.string(), topic: z.string().optional() }))

describe('people at the control port', () => {
  it('pay too little, by 1000 VND or as said', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    await using partner = await partnerOf(host)
    await order(partner)
    assert.equal(receipt.parse((await control.post('/pay-short', { orderId: 'M1' })).answer).amount, 24_000)
    assert.equal(receipt.parse((await control.post('/pay-short', { orderId: 'M1', by: 24_999 })).answer).amount, 1)
    const tooMuch = await control.post('/pay-short', { orderId: 'M1', by: 25_000 })
    assert.equal(tooMuch.status, 400)
    assert.partialDeepStrictEqual(tooMuch.answer, { error: { code: 'AMOUNT_INVALID' } })
    await partner.hear(({ text }) => text.includes('"amount":24000'), 'the first part')
    assert.equal(host.openOrders().length, 1)
  })

  it('pay twice, each payment with a reference of its own', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    await using partner = await partnerOf(host)
    await order(partner)
    const receipts = z.array(receipt).parse((await control.post('/pay-twice', { orderId: 'M1' })).answer)
    const references = receipts.map(({ referenceNumber }) => referenceNumber)
    assert.equal(new Set(references).size, 2)
    for (const reference of references) await partner.hear(({ text }) => text.includes(reference), reference)
  })

  it('call an order off, which a lookup then says, and which can be paid all the same', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    await using partner = await partnerOf(host)
    await order(partner)
    assert.partialDeepStrictEqual((await control.post('/cancel', { orderId: 'M1' })).answer, { cancelled: true })
    assert.deepEqual((await control.get('/orders?open=true')).answer, [])
    const checkSum = lookupCheckSum(MMS.bankAccount, MMS.userBankName)
    const question = { bankAccount: MMS.bankAccount, type: 0, value: 'M1', checkSum }
    await partner.publish('vietqr/request-status/T1', question)
    assert.match((await partner.on('vietqr/response-status/T1')).text, /"status":2/)
    assert.equal((await control.post('/pay', { orderId: 'M1' })).status, 200)
    const { status, answer } = await control.post('/cancel', { orderId: 'M1' })
    assert.equal(status, 409)
    assert.partialDeepStrictEqual(answer, { error: { code: 'ORDER_PAID' } })
  })

  it('get their money back once, told as a debit with its own reference', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    await using partner = await partnerOf(host)
    await order(partner)
    const { referenceNumber } = receipt.parse((await control.post('/pay', { orderId: 'M1' })).answer)
    const back = receipt.parse((await control.post('/reverse', { referenceNumber })).answer)
    assert.notEqual(back.referenceNumber, referenceNumber)
    const { text } = await partner.hear(({ text }) => text.includes('"transType":"D"'), 'a debit')
    assert.partialDeepStrictEqual(JSON.parse(text), {
      amount: 25_000,
      referenceNumber: back.referenceNumber,
      orderId: 'M1',
    })
    assert.equal((await control.post('/reverse', { referenceNumber })).status, 409)
    assert.equal((await control.post('/reverse', { referenceNumber: 'NONE' })).status, 404)
  })
})

describe('what is put on the wire by hand', () => {
  it('is published byte for byte, retained if asked, and stands in the log', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    await using partner = await partnerOf(host)
    await control.post('/inject', { topic: 'free/text', text: '{not json' })
    await control.post('/inject', { topic: 'free/json', json: { a: [1, null] } })
    await control.post('/inject', { topic: 'free/bytes', base64: Buffer.from('bytes').toString('base64'), qos: 0 })
    await control.post('/inject', { topic: 'free/kept', text: 'later', retain: true })
    await partner.on('free/kept')
    const heard = partner.heard.map(({ topic, text }) => [topic, text])
    assert.deepEqual(heard.slice(0, 3), [
      ['free/text', '{not json'],
      ['free/json', '{"a":[1,null]}'],
      ['free/bytes', 'bytes'],
    ])
    await using late = await Partner.connect(host.url, ['free/kept'])
    assert.equal((await late.on('free/kept')).retained, true)
    const entries = log.parse((await control.get('/log?event=injected&topic=free/json')).answer)
    assert.deepEqual(
      entries.map(({ topic }) => topic),
      ['free/json'],
    )
  })

  it('is refused where it cannot be published', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    for (const [body, code] of [
      [{ topic: 'a/+', text: '' }, 'TOPIC_INVALID'],
      [{ topic: '', text: '' }, 'INVALID_MESSAGE'],
      [{ topic: 'a' }, 'INVALID_MESSAGE'],
      [{ topic: 'a', text: '', base64: '' }, 'INVALID_MESSAGE'],
      [{ topic: 'a', base64: '?' }, 'INVALID_MESSAGE'],
      [{ topic: 'a', text: '', qos: 3 }, 'INVALID_MESSAGE'],
    ] as const) {
      const { status, answer } = await control.post('/inject', body)
      assert.equal(status, 400)
      assert.partialDeepStrictEqual(answer, { error: { code } })
    }
  })
})

describe('the log', () => {
  it('tells what came and went, in order, and waits for what is still to come', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    await using partner = await partnerOf(host)
    const before = host.journal.last
    const waited = control.get(`/log?after=${before}&event=answered&wait=5000`)
    await partner.publish('somewhere/else', 'x')
    await order(partner)
    assert.deepEqual(
      log.parse((await waited).answer).map(({ topic }) => topic),
      ['vietqr/response/T1'],
    )
    const all = log.parse((await control.get(`/log?after=${before}`)).answer)
    assert.deepEqual(
      all.map(({ event }) => event),
      ['ignored', 'received', 'issued', 'stored', 'answered'],
    )
    assert.deepEqual((await control.get(`/log?after=${host.journal.last}&wait=1`)).answer, [])
    assert.equal(log.parse((await control.get('/log?most=1')).answer).length, 1)
  })

  it('refuses a query nobody understands', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    for (const query of ['after=x', 'wait=-1', 'evnt=told', 'topic=']) {
      assert.equal((await control.get(`/log?${query}`)).status, 400)
    }
  })
})

describe('links and beginnings', () => {
  it('the host is away and does retained requests again when it is back', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    await using partner = await partnerOf(host)
    await partner.publish('vietqr/request/T1', qrRequest({ terminalCode: 'T1' }), true)
    await partner.on('vietqr/response/T1')
    partner.forget()
    const back = once(host.events, 'connected')
    assert.deepEqual((await control.post('/disconnect', { who: 'host', for: 50 })).status, 200)
    await back
    await partner.on('vietqr/response/T1')
    assert.equal(host.orders().length, 2)
  })

  it('partners are cut off, at its own broker', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1')
    await once(socket, 'connect')
    // Cut before the broker has taken it on, it would be nobody's partner yet.
    await using _partner = await partnerOf(host)
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(5_000) })
    assert.equal((await control.post('/disconnect', { who: 'partners' })).status, 200)
    await closed
  })

  it('a reset forgets everything and begins the seeded run again', async () => {
    await using host = await startHost({ faults: { storeDelay: 0, zoneOffset: 7 } })
    await using control = await ControlClient.open(host)
    await using partner = await partnerOf(host)
    const first = async () => {
      await order(partner, 'P1', PLAIN.bankAccount)
      return host.orders()[0]?.content
    }
    const content = await first()
    await control.patch('/faults', { unanswered: 1 })
    assert.partialDeepStrictEqual((await control.post('/reset')).answer, {
      orders: 0,
      faults: { unanswered: 0, zoneOffset: 7 },
    })
    assert.deepEqual((await control.get('/orders')).answer, [])
    assert.equal(await first(), content)
  })

  it('pages of other machines are refused, those of this one are not', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    assert.equal((await control.get('/state', { origin: 'http://evil.example' })).status, 403)
    assert.equal((await control.get('/state', { origin: 'null' })).status, 403)
    assert.equal((await control.get('/state', { origin: 'http://127.0.0.1:5555' })).status, 200)
  })

  it('lists everything that can be asked', async () => {
    await using host = await startHost()
    await using control = await ControlClient.open(host)
    const routes = z.array(z.object({ method: z.string(), path: z.string() })).parse((await control.get('/')).answer)
    const names = routes.map(({ method, path }) => `${method} ${path}`)
    assert.equal(new Set(names).size, names.length)
    for (const name of ['POST /pay', 'PUT /faults', 'GET /log', 'POST /boxes/bind']) assert.ok(names.includes(name))
  })
})
