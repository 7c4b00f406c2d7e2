import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SimulatedHost } from '../../../device-sim/host/simulated-host.ts'
import { lookupCheckSum } from '../../../protocol/vietqr/checksums.ts'
import { Partner } from '../partner.ts'
import { MMS, MOMENT, PLAIN, qrRequest, startHost } from './hosts.ts'

const NOTICES = 'vietqr/bdsd/#'
const CALLBACK = 'vietqr/test/transaction-callback'
const CALLBACK_REPLY = 'vietqr/response/transaction-callback'
const MMS_ORDER = { bankAccount: MMS.bankAccount, orderId: 'M1', terminalCode: 'T1' }
const PLAIN_ORDER = { orderId: 'P1', terminalCode: 'T2' }

async function partnerOf(host: SimulatedHost): Promise<Partner> {
  return Partner.connect(host.url, [NOTICES, 'vietqr/response/#', 'vietqr/response-status/#'])
}

/** Asks for a code; the content of the answer. */
async function order(partner: Partner, change: Readonly<Record<string, unknown>>): Promise<string> {
  await partner.publish('vietqr/request/T', qrRequest(change))
  const { text } = await partner.on(`vietqr/response/${change.terminalCode}`)
  partner.forget()
  return JSON.parse(text).content
}

async function lookup(partner: Partner, question: Readonly<Record<string, unknown>>): Promise<string> {
  await partner.publish('vietqr/request-status/T9/asked/twice', question)
  const { text } = await partner.on('vietqr/response-status/T9/asked/twice')
  partner.forget()
  return text
}

const byOrder = ({ bankAccount, userBankName } = PLAIN, value = 'P1') => ({
  bankAccount,
  type: 0,
  value,
  checkSum: lookupCheckSum(bankAccount, userBankName),
})

describe('a payment', () => {
  it('is told among many at the same time, each once, without a warning of the process', async () => {
    const warnings: string[] = []
    const warned = (warning: Error): void => void warnings.push(warning.message)
    process.on('warning', warned)
    await using host = await startHost()
    await using partner = await partnerOf(host)
    const amounts = Array.from({ length: 30 }, (_, index) => 1000 + index)
    const { bankAccount } = MMS
    await Promise.all(
      amounts.map(amount => host.payUnmatched({ bankAccount, amount, content: 'x', terminalCode: 'T1' })),
    )
    await partner.hear(({ text }) => JSON.parse(text).amount === amounts.at(-1), 'the last of them')
    process.off('warning', warned)
    assert.deepEqual(
      partner.heard.map(({ text }) => JSON.parse(text).amount),
      amounts,
    )
    assert.deepEqual(warnings, [])
  })

  it('to a merchant account is told on the terminal of the order, byte for byte', async () => {
    let now = MOMENT
    await using host = await startHost({ now: () => now })
    await using partner = await partnerOf(host)
    await order(partner, MMS_ORDER)
    now += 60_000
    const receipt = await host.pay({ orderId: 'M1' })
    const { text, topic } = await partner.on('vietqr/bdsd/T1')
    assert.match(receipt.referenceNumber, /^FT24326[0-9]{9}$/)
    // The time is that of the code, because the server reads it before it marks the order.
    assert.equal(
      text,
      `{"bankAccount":"1234567890","amount":25000,"timePaid":"21/11/2024 18:53:20","transType":"C","referenceNumber":"${receipt.referenceNumber}","orderId":"M1","content":"GUID1","status":1}`,
    )
    assert.deepEqual(receipt, {
      referenceNumber: receipt.referenceNumber,
      bankAccount: MMS.bankAccount,
      amount: 25000,
      content: 'GUID1',
      orderId: 'M1',
      matched: true,
      told: topic,
    })
    assert.deepEqual(host.openOrders(), [])
  })

  it('to a plain account is stored and told to nobody', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    const content = await order(partner, PLAIN_ORDER)
    const { told, matched, referenceNumber } = await host.pay({ content: `bank text ${content} more` })
    assert.deepEqual([told, matched], [null, true])
    assert.equal(JSON.parse(await lookup(partner, byOrder()))[0].referenceNumber, referenceNumber)
    assert.ok(!partner.heard.some(({ topic }) => topic.startsWith('vietqr/bdsd')))
  })

  it('is told to nobody without an element in additionalData', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    for (const additionalData of [undefined, []]) {
      await order(partner, { ...MMS_ORDER, additionalData })
      assert.deepEqual((await host.pay({ orderId: 'M1' })).told, null)
    }
  })

  it('is told below null when the request named no terminal', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    await partner.publish('vietqr/request/T', qrRequest({ ...MMS_ORDER, terminalCode: null }))
    await partner.on('vietqr/response/null')
    assert.equal((await host.pay({ orderId: 'M1' })).told, 'vietqr/bdsd/null')
  })

  it('of an edited amount is told with the order, which stays unpaid beside it', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    await order(partner, MMS_ORDER)
    await host.pay({ orderId: 'M1', amount: 20000 })
    const { amount, orderId } = JSON.parse((await partner.on('vietqr/bdsd/T1')).text)
    assert.deepEqual([amount, orderId], [20000, 'M1'])
    const rows: { amount: number; status: number }[] = JSON.parse(await lookup(partner, byOrder(MMS, 'M1')))
    assert.deepEqual(
      rows.map(row => [row.amount, row.status]),
      [
        [25000, 0],
        [20000, 1],
      ],
    )
    assert.equal(host.openOrders().length, 1)
  })

  it('can be made twice: a code never expires', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    await order(partner, MMS_ORDER)
    const one = await host.pay({ orderId: 'M1' })
    const other = await host.pay({ qrCode: host.orders()[0]?.qrCode, terminalCode: 'T1' })
    assert.equal(other.told, 'vietqr/bdsd/T1')
    assert.notEqual(one.referenceNumber, other.referenceNumber)
  })

  it('finds no order where VietQR stored none', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    const blind = [
      { ...PLAIN_ORDER, additionalData: null },
      { ...PLAIN_ORDER, reconciliation: false },
      { ...PLAIN_ORDER, bankAccount: '5550000001' },
    ]
    for (const [i, change] of blind.entries()) {
      await order(partner, { ...change, orderId: `B${i}` })
      assert.deepEqual((await host.pay({ orderId: `B${i}` })).matched, false)
    }
  })

  it('belonging to no order is told without an order id, on merchant accounts only', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    const money = { amount: 5000, content: "A=B'", terminalCode: 'T1' }
    assert.equal((await host.payUnmatched({ ...money, bankAccount: PLAIN.bankAccount })).told, null)
    const { referenceNumber } = await host.payUnmatched({ ...money, bankAccount: MMS.bankAccount })
    assert.equal(
      (await partner.on('vietqr/bdsd/T1')).text,
      String.raw`{"bankAccount":"1234567890","amount":5000,"timePaid":"21/11/2024 18:53:20","transType":"C","referenceNumber":"${referenceNumber}","content":"A\u003dB\u0027","status":1}`,
    )
    const question = { ...byOrder(MMS, referenceNumber), type: 1 }
    assert.equal(
      await lookup(partner, question),
      `[{"referenceNumber":"${referenceNumber}","orderId":"","amount":5000,"content":"A=B'","transType":"C","status":1,"type":2,"timeCreated":1732190000,"timePaid":1732190000,"terminalCode":"","note":"","refundCount":0,"amountRefunded":0}]`,
    )
  })

  it('is refused with what would be right', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    await order(partner, { ...PLAIN_ORDER, amount: null })
    await assert.rejects(host.pay({ orderId: 'NONE' }), { code: 'ORDER_UNKNOWN' })
    await assert.rejects(host.pay({ orderId: 'P1', terminalCode: 'T9' }), { code: 'ORDER_UNKNOWN' })
    await assert.rejects(host.pay({ orderId: 'P1' }), { code: 'AMOUNT_INVALID' })
    await assert.rejects(host.pay({ orderId: 'P1', amount: 0.5 }), { code: 'AMOUNT_INVALID' })
    const money = { bankAccount: '1', amount: 1, content: '' }
    await assert.rejects(host.payUnmatched(money), { code: 'ACCOUNT_UNKNOWN' })
  })
})

describe('a lookup is answered on its own topic', () => {
  it('with the row of an unpaid order, byte for byte', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    const content = await order(partner, { ...PLAIN_ORDER, note: 'N' })
    assert.equal(
      await lookup(partner, byOrder()),
      `[{"referenceNumber":"","orderId":"P1","amount":25000,"content":"${content}","transType":"C","status":0,"type":0,"timeCreated":1732190000,"timePaid":0,"terminalCode":"T2","note":"N","refundCount":0,"amountRefunded":0}]`,
    )
  })

  it('with the creation time in timePaid for an unpaid merchant order', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    await order(partner, MMS_ORDER)
    assert.match(await lookup(partner, byOrder(MMS, 'M1')), /"status":0,.*"timePaid":1732190000/)
  })

  it('with an empty list for what is not stored, or of another account, or older than three months', async () => {
    let now = MOMENT
    await using host = await startHost({ now: () => now })
    await using partner = await partnerOf(host)
    await order(partner, PLAIN_ORDER)
    assert.equal(await lookup(partner, byOrder(PLAIN, 'NONE')), '[]')
    assert.equal(await lookup(partner, byOrder(MMS, 'P1')), '[]')
    assert.equal(await lookup(partner, byOrder({ ...PLAIN, bankAccount: '5', userBankName: 'null' })), '[]')
    now += 93 * 86_400_000
    assert.equal(await lookup(partner, byOrder()), '[]')
  })

  const failed = (code: string) => `{"status":"FAILED","message":"${code}"}`
  const wrong: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
    ['E39 for a wrong checksum', { ...byOrder(), checkSum: 'x' }, 'E39'],
    ['E39 for a holder in another case', byOrder({ ...MMS, userBankName: 'NGUYEN VAN A' }), 'E39'],
    ['E39 for the name of an unknown account', byOrder({ ...MMS, bankAccount: '5' }), 'E39'],
    ['E46 for an empty value', { ...byOrder(), value: '' }, 'E46'],
    ['E46 for an empty body', {}, 'E46'],
    ['E95 for another type', { ...byOrder(), type: 2 }, 'E95'],
    ['E05 for a missing checksum', { ...byOrder(), checkSum: undefined }, 'E05'],
  ]
  for (const [what, question, code] of wrong) {
    it(`with ${what}`, async () => {
      await using host = await startHost()
      await using partner = await partnerOf(host)
      assert.equal(await lookup(partner, question), failed(code))
    })
  }

  it('unless it cannot be read', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    for (const text of ['', '[]', JSON.stringify({ ...byOrder(), terminalCode: 'T1' })]) {
      await partner.publish('vietqr/request-status/T1', text)
    }
    assert.equal(await lookup(partner, byOrder()), '[]')
    assert.equal(partner.heard.length, 0)
  })
})

describe('a simulated payment', () => {
  const callback = (change: Readonly<Record<string, unknown>>) => ({
    bankAccount: PLAIN.bankAccount,
    content: 'GUID1',
    amount: '25000',
    transType: 'C',
    ...change,
  })
  const reply = async (partner: Partner, payload: unknown): Promise<string> => {
    await partner.publish(CALLBACK, payload)
    const { text } = await partner.on(CALLBACK_REPLY)
    partner.forget()
    return text
  }

  it('marks the plain order whose token it carries, without a balance change', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    const content = await order(partner, PLAIN_ORDER)
    assert.equal(await reply(partner, callback({ content })), '{"status":"SUCCESS","message":""}')
    assert.match(await lookup(partner, byOrder()), /"referenceNumber":"simulated-[0-9a-f-]{36}".*"status":1/)
    assert.deepEqual(host.openOrders(), [])
  })

  it('without the token marks nothing, and says SUCCESS all the same', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    await order(partner, PLAIN_ORDER)
    assert.equal(await reply(partner, callback({})), '{"status":"SUCCESS","message":""}')
    assert.equal(host.openOrders().length, 1)
  })

  it('for a merchant account does nothing and answers null', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    await order(partner, MMS_ORDER)
    assert.equal(await reply(partner, callback({ bankAccount: MMS.bankAccount })), 'null')
    assert.equal(host.openOrders().length, 1)
  })

  const refused: readonly (readonly [string, unknown, string])[] = [
    ['an account of nobody', callback({ bankAccount: '5' }), 'BANK ACCOUNT IS NOT MATCH WITH MERCHANT INFO'],
    ['no content', callback({ content: null }), 'INVALID REQUEST BODY'],
    ['null', 'null', 'INVALID REQUEST BODY'],
    [
      'an amount beyond 32 bits',
      callback({ amount: '2147483648' }),
      String.raw`Error: For input string: \"2147483648\"`,
    ],
    ['an amount with a fraction', callback({ amount: '25000.0' }), String.raw`Error: For input string: \"25000.0\"`],
  ]
  for (const [what, payload, words] of refused) {
    it(`with ${what} fails in a sentence`, async () => {
      await using host = await startHost()
      await using partner = await partnerOf(host)
      assert.equal(await reply(partner, payload), `{"status":"FAILED","message":"${words}"}`)
    })
  }

  it('with a field of another build is not answered', async () => {
    await using host = await startHost()
    await using partner = await partnerOf(host)
    await partner.publish(CALLBACK, callback({ urlLink: 'x' }))
    assert.equal(
      await reply(partner, callback({ content: null })),
      '{"status":"FAILED","message":"INVALID REQUEST BODY"}',
    )
  })
})
