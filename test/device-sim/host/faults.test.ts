import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import type { FaultValues } from '../../../device-sim/host/faults.ts'
import type { SimulatedHost } from '../../../device-sim/host/simulated-host.ts'
import { lookupCheckSum } from '../../../protocol/vietqr/checksums.ts'
import { parseQr } from '../../../protocol/vietqr/qr/payload.ts'
import { Partner } from '../partner.ts'
import { ControlClient } from './control-client.ts'
import { MMS, PLAIN, qrRequest, startHost } from './hosts.ts'

const FILTERS = ['vietqr/response/#', 'vietqr/response-status/#', 'vietqr/bdsd/#']

function startWith(faults: Partial<FaultValues>, seed = 1) {
  return startHost({ seed, faults: { storeDelay: 0, ...faults } })
}

function partnerOf(host: SimulatedHost): Promise<Partner> {
  return Partner.connect(host.url, FILTERS)
}

const mms = (orderId: string) =>
  qrRequest({
    bankAccount: MMS.bankAccount,
    orderId,
    terminalCode: 'T1',
    additionalData: [{ additionalData1: orderId }],
  })

/** Orders one after the other, each answered before the next. */
async function order(host: SimulatedHost, partner: Partner, ...orderIds: readonly string[]): Promise<void> {
  for (const orderId of orderIds) {
    const issued = once(host.events, 'issued')
    await partner.publish('vietqr/request/T1', mms(orderId))
    await issued
  }
}

/** The order ids on a family of topics, in the order in which they came. */
function idsOn(partner: Partner, family: string): readonly string[] {
  return partner.heard.filter(({ topic }) => topic.startsWith(family)).map(({ text }) => JSON.parse(text).orderId)
}

/** Everything sent so far has come when this has. */
async function settled(host: SimulatedHost, partner: Partner): Promise<void> {
  await host.inject({ topic: 'vietqr/bdsd/end', payload: Buffer.from('{"orderId":"END"}'), qos: 1, retain: false })
  await partner.on('vietqr/bdsd/end')
}

describe('faults of answers', () => {
  it('unanswered: the request is done, the answer never sent', async () => {
    await using host = await startWith({ unanswered: 1 })
    await using partner = await partnerOf(host)
    const withheld = once(host.events, 'withheld')
    await order(host, partner, 'A')
    await withheld
    await settled(host, partner)
    assert.deepEqual(idsOn(partner, 'vietqr/response/'), [])
    assert.equal(host.openOrders().length, 1)
  })

  it('answerDelay: those behind wait too, and a reset ends the waiting', async () => {
    await using host = await startWith({ answerDelay: 60_000 })
    await using partner = await partnerOf(host)
    await order(host, partner, 'A')
    await host.reset()
    host.faults.replace({})
    await order(host, partner, 'B')
    await partner.on('vietqr/response/T1')
    assert.deepEqual(idsOn(partner, 'vietqr/response/'), ['B'])
  })

  it('lateAnswers: others overtake it', async () => {
    await using host = await startWith({ lateAnswers: 1, lateBy: 50 })
    await using partner = await partnerOf(host)
    await order(host, partner, 'LATE')
    host.faults.replace({})
    await order(host, partner, 'QUICK')
    await partner.hear(({ text }) => text.includes('LATE'), 'the late one')
    assert.deepEqual(idsOn(partner, 'vietqr/response/'), ['QUICK', 'LATE'])
  })

  it('duplicateAnswers: the same bytes twice', async () => {
    await using host = await startWith({ duplicateAnswers: 1 })
    await using partner = await partnerOf(host)
    await order(host, partner, 'A')
    await partner.hear(() => partner.heard.length === 2, 'two answers')
    assert.equal(partner.heard[0]?.text, partner.heard[1]?.text)
  })

  it('reorderAnswers: two change places, and one alone waits a second at most', async () => {
    await using host = await startWith({ reorderAnswers: 1 })
    await using partner = await partnerOf(host)
    await order(host, partner, 'A', 'B', 'C')
    await partner.hear(({ text }) => text.includes('"orderId":"C"'), 'the last one')
    assert.deepEqual(idsOn(partner, 'vietqr/response/'), ['B', 'A', 'C'])
  })

  it('instances: each does every request', async () => {
    await using host = await startWith({ instances: 2 })
    await using partner = await partnerOf(host)
    await partner.publish('vietqr/request/T1', qrRequest({ terminalCode: 'T1' }))
    await partner.hear(() => partner.heard.length === 2, 'two answers')
    assert.notEqual(partner.heard[0]?.text, partner.heard[1]?.text)
    assert.equal(host.openOrders().length, 2)
  })

  it('disconnects: partners are cut off before the answer goes out', async () => {
    await using host = await startWith({ disconnects: 1 })
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1')
    await once(socket, 'connect')
    await using partner = await partnerOf(host)
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(5_000) })
    const answered = once(host.events, 'answered')
    // Its own acknowledgement may be cut off with it.
    partner.publish('vietqr/request/T1', mms('A')).catch(() => {})
    await Promise.all([closed, answered])
    assert.deepEqual(partner.heard, [])
  })

  it('errorAnswers: a refused request is answered with an object', async () => {
    await using host = await startWith({ errorAnswers: true })
    await using partner = await partnerOf(host)
    await partner.publish('vietqr/request/T1', qrRequest({ qrType: 1 }))
    assert.equal((await partner.on('vietqr/response/T1')).text, '{"status":"FAILED","message":"E46"}')
    await partner.publish('vietqr/request/T2', qrRequest({ bankCode: 'NONE', terminalCode: 'T3' }))
    assert.equal((await partner.on('vietqr/response/T3')).text, '{"status":"FAILED","message":"E24"}')
  })

  it('additionalDataKeys and unknownFields: what is documented is taken', async () => {
    await using host = await startWith({ additionalDataKeys: 'info', unknownFields: 'ignore' })
    await using partner = await partnerOf(host)
    await partner.publish(
      'vietqr/request/T1',
      qrRequest({ terminalCode: 'T1', more: 1, additionalData: [{ info: 'I' }] }),
    )
    assert.match((await partner.on('vietqr/response/T1')).text, /"additionalData":\[\{"info":"I"\}\]\}$/)
  })

  it('qrDefect: the code cannot be trusted', async () => {
    await using host = await startWith({ qrDefect: 'wrong-crc' })
    await using partner = await partnerOf(host)
    await order(host, partner, 'A')
    const { qrCode } = JSON.parse((await partner.on('vietqr/response/T1')).text)
    assert.throws(() => parseQr(qrCode), /checksum/)
  })
})

describe('faults of payments', () => {
  async function paid(faults: Partial<FaultValues>) {
    const host = await startWith(faults)
    await using partner = await partnerOf(host)
    await order(host, partner, 'A')
    const receipt = await host.pay({ orderId: 'A' })
    await settled(host, partner)
    const notices = partner.heard.filter(({ topic }) => topic.startsWith('vietqr/bdsd') && !topic.endsWith('end'))
    const checkSum = lookupCheckSum(MMS.bankAccount, MMS.userBankName)
    await partner.publish('vietqr/request-status/T1', { bankAccount: MMS.bankAccount, type: 0, value: 'A', checkSum })
    const rows = JSON.parse((await partner.on('vietqr/response-status/T1')).text)
    await host.stop()
    return { receipt, notices, bodies: notices.map(({ text }) => JSON.parse(text)), rows }
  }

  it('lostNotices: paid and stored, and nobody is told', async () => {
    const { receipt, notices, rows } = await paid({ lostNotices: 1 })
    assert.deepEqual([receipt.told, notices.length, rows[0].status], [null, 0, 1])
  })

  it('duplicateNotices: told twice', async () => {
    const { notices } = await paid({ duplicateNotices: 1 })
    assert.equal(notices.length, 2)
  })

  it('wrongAmount: told wrong, looked up right', async () => {
    const { bodies, rows } = await paid({ wrongAmount: -1_000 })
    assert.deepEqual([bodies[0].amount, rows[0].amount], [24_000, 25_000])
  })

  it('wrongTerminal: told to somebody else', async () => {
    const { notices } = await paid({ wrongTerminal: 'ELSEWHERE' })
    assert.deepEqual(
      notices.map(({ topic }) => topic),
      ['vietqr/bdsd/ELSEWHERE'],
    )
  })

  it('zoneOffset: every stored time is off by whole hours', async () => {
    const { bodies, rows } = await paid({ zoneOffset: 7 })
    assert.equal(bodies[0].timePaid, '22/11/2024 01:53:20')
    assert.equal(rows[0].timeCreated, 1_732_190_000 + 7 * 3_600)
  })

  it('reversed: the money goes back at once, with its own reference or the same', async () => {
    const own = await paid({ reversed: 1, refundedRows: true })
    assert.deepEqual(
      own.bodies.map(({ transType }) => transType),
      ['C', 'D'],
    )
    assert.notEqual(own.bodies[0].referenceNumber, own.bodies[1].referenceNumber)
    assert.deepEqual([own.rows[0].refundCount, own.rows[0].amountRefunded], [1, 25_000])
    const same = await paid({ reversed: 1, reversedReference: 'same' })
    assert.equal(same.bodies[0].referenceNumber, same.bodies[1].referenceNumber)
    assert.deepEqual([same.rows[0].refundCount, same.rows[0].amountRefunded], [0, 0])
  })

  it('noticeAmount and noticeOrderId: other forms on the wire', async () => {
    const { notices } = await paid({ noticeAmount: 'decimal', noticeOrderId: 'empty' })
    assert.match(notices[0]?.text ?? '', /"amount":25000\.0,.*"orderId":"",/)
  })

  it('noticesForAll and emptyAdditionalData: told where the server seen tells nobody', async () => {
    await using host = await startWith({ noticesForAll: true, emptyAdditionalData: 'own' })
    await using partner = await partnerOf(host)
    await partner.publish('vietqr/request/T1', qrRequest({ terminalCode: 'T1', additionalData: [] }))
    const { content } = JSON.parse((await partner.on('vietqr/response/T1')).text)
    assert.equal((await host.pay({ content })).told, 'vietqr/bdsd/T1')
  })

  it('reorderNotices and noticeDelay: later than what came after', async () => {
    await using host = await startWith({ reorderNotices: 1 })
    await using partner = await partnerOf(host)
    await order(host, partner, 'A', 'B', 'C')
    await host.pay({ orderId: 'A' })
    await host.pay({ orderId: 'B' })
    await settled(host, partner)
    host.faults.replace({ noticeDelay: 30 })
    await host.pay({ orderId: 'C' })
    await partner.hear(({ text, topic }) => topic === 'vietqr/bdsd/T1' && text.includes('"orderId":"C"'), 'C')
    assert.deepEqual(idsOn(partner, 'vietqr/bdsd/'), ['B', 'A', 'END', 'C'])
  })

  it('storeDelay: a lookup finds nothing at first', async () => {
    await using host = await startWith({ storeDelay: 60_000 })
    await using partner = await partnerOf(host)
    await partner.publish('vietqr/request/T1', qrRequest({ terminalCode: 'T1' }))
    await partner.on('vietqr/response/T1')
    const checkSum = lookupCheckSum(PLAIN.bankAccount, PLAIN.userBankName)
    const question = { bankAccount: PLAIN.bankAccount, type: 0, value: 'GW0000000001', checkSum }
    await partner.publish('vietqr/request-status/T1', question)
    assert.equal((await partner.on('vietqr/response-status/T1')).text, '[]')
  })
})

describe('chance', () => {
  async function unansweredOf(seed: number | undefined): Promise<string> {
    await using host = await startHost({ seed, faults: { storeDelay: 0, unanswered: 0.5 } })
    await using partner = await partnerOf(host)
    const names = Array.from({ length: 32 }, (_, n) => `O${n}`)
    await order(host, partner, ...names)
    await settled(host, partner)
    const heard = new Set(idsOn(partner, 'vietqr/response/'))
    return names.map(name => (heard.has(name) ? '+' : '-')).join('')
  }

  it('is the same with the same seed, and another with another', async () => {
    const first = await unansweredOf(7)
    assert.match(first, /\+/)
    assert.match(first, /-/)
    assert.equal(await unansweredOf(7), first)
    assert.notEqual(await unansweredOf(8), first)
  })

  it('of a fault does not change the ids of what is made', async () => {
    const content = async (faults: Partial<FaultValues>) => {
      await using host = await startWith(faults)
      await using partner = await partnerOf(host)
      for (const orderId of ['A', 'B']) await partner.publish('vietqr/request/T1', qrRequest({ orderId }))
      await settled(host, partner)
      return host.orders().map(made => made.content)
    }
    assert.deepEqual(await content({ duplicateAnswers: 0.5 }), await content({}))
  })
})

describe('faults at the control port', () => {
  it('are set one by one or all at once, and felt by the next message', async () => {
    await using host = await startWith({ zoneOffset: 7 })
    await using control = await ControlClient.open(host)
    await using partner = await partnerOf(host)
    assert.partialDeepStrictEqual((await control.patch('/faults', { unanswered: 1 })).answer, {
      unanswered: 1,
      zoneOffset: 7,
    })
    await order(host, partner, 'A')
    assert.partialDeepStrictEqual((await control.put('/faults', { lateBy: 5 })).answer, {
      unanswered: 0,
      zoneOffset: 0,
      storeDelay: 20,
      lateBy: 5,
    })
    assert.partialDeepStrictEqual((await control.delete('/faults')).answer, { lateBy: 45_000 })
    await order(host, partner, 'B')
    await partner.on('vietqr/response/T1')
    assert.deepEqual(idsOn(partner, 'vietqr/response/'), ['B'])
    assert.partialDeepStrictEqual((await control.get('/faults/list')).answer, [
      { name: 'answerDelay', switch: '--answer-delay' },
    ])
  })

  it('are refused with what would be right, and then none is changed', async () => {
    await using host = await startWith({})
    await using control = await ControlClient.open(host)
    const before = host.faults.values
    for (const [body, words] of [
      [{ unanswered: 1.01 }, /unanswered should be a number from 0/],
      [{ unanswered: 1, lateBy: 3_600_001 }, /lateBy should be whole milliseconds, 3600000 at most/],
      [{ maskedAmounts: 'yes' }, /maskedAmounts should be true or false/],
      [{ instances: 0 }, /from 1 to 5/],
      [{ instances: 6 }, /from 1 to 5/],
      [{ wrongTerminal: 'a/b' }, /terminal code/],
      [{ noticeAmount: 'roman' }, /integer or decimal/],
      [{ gremlins: 1 }, /unknown names: gremlins/],
      [[], /the body/],
    ] as const) {
      const { status, answer } = await control.patch('/faults', body)
      assert.equal(status, 400)
      assert.match(JSON.stringify(answer), words)
    }
    assert.equal(host.faults.values, before)
  })
})
