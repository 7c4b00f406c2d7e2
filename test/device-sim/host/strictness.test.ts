import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Partner } from '../partner.ts'
import { MMS, qrRequest, startHost } from './hosts.ts'

const mms = { bankAccount: MMS.bankAccount }
const unknown = { bankAccount: '5550000001' }

/** Each refused request, by the code or the words in the server's log. */
const refused: readonly (readonly [string, string | Record<string, unknown>, string | RegExp])[] = [
  ['an empty payload', '', /no object/],
  ['a list', '[]', /no object/],
  ['text that is no JSON', '{"amount":', /not JSON/],
  ['the word null', 'null', /body is null/],
  ['an unknown field', qrRequest({ requestId: 'r1' }), /unknown field requestId/],
  ['a name in another case', qrRequest({ OrderId: 'X' }), /unknown field OrderId/],
  ['the documented form of additionalData', qrRequest({ additionalData: [{ info: 'X' }] }), /unknown field .*info/],
  ['additionalData that is an object', qrRequest({ additionalData: { additionalData1: 'X' } }), /additionalData/],
  ['an amount with a comma', qrRequest({ amount: '25,000' }), /amount/],
  ['an amount with a fraction in a text', qrRequest({ amount: '25000.0' }), /amount/],
  ['an amount that is true', qrRequest({ amount: true }), /amount/],
  ['a content that is an object', qrRequest({ content: {} }), /content/],
  ['qrType 1', qrRequest({ qrType: 1 }), 'E46'],
  ['a content of 51 characters', qrRequest({ content: 'a'.repeat(51) }), 'E26'],
  ['no content', qrRequest({ content: null }), /content is missing/],
  ['no account', qrRequest({ bankAccount: null }), /bankAccount is missing/],
  ['no bank', qrRequest({ bankCode: undefined }), /bankCode is missing/],
  ['a bank in small letters', qrRequest({ bankCode: 'mb' }), 'E24'],
  ['an unknown account without a holder', qrRequest({ ...unknown, userBankName: null }), /userBankName is missing/],
  ['an unknown account without content', qrRequest({ ...unknown, content: null }), /content is missing/],
  ['a terminal code with a wildcard', qrRequest({ terminalCode: 'A+B' }), /wildcard/],
  ['a merchant account with 20 characters of content', qrRequest({ ...mms, content: 'a'.repeat(20) }), 'E34'],
  ['a merchant account with diacritics', qrRequest({ ...mms, content: 'Phở' }), 'E34'],
  ['a merchant account without an amount', qrRequest({ ...mms, amount: null }), 'E34'],
  ['a merchant account with 23 characters of order id', qrRequest({ ...mms, orderId: 'A'.repeat(23) }), 'E34'],
]

describe('a QR request the server refuses is answered by silence', () => {
  for (const [what, payload, reason] of refused) {
    it(what, async () => {
      await using host = await startHost()
      await using partner = await Partner.connect(host.url, ['vietqr/response/#'])
      const refusal = once(host.events, 'refused')
      await partner.publish('vietqr/request/VVB123456', payload)
      await partner.publish('vietqr/request/VVB123456', qrRequest({ orderId: 'NEXT', terminalCode: 'T2' }))
      await partner.on('vietqr/response/T2')
      assert.equal(partner.heard.length, 1)
      const [{ code, reason: words }] = await refusal
      if (typeof reason === 'string') assert.equal(code, reason)
      else assert.match(words, reason)
    })
  }

  it('on the slashed topic of lookups, which the QR handler swallows', async () => {
    await using host = await startHost()
    await using partner = await Partner.connect(host.url, ['vietqr/response/#'])
    const refusal = once(host.events, 'refused')
    await partner.publish('vietqr/request/status/T1', { bankAccount: '1', type: 0, value: 'X', checkSum: 'x' })
    await partner.publish('vietqr/request/T2', qrRequest({ terminalCode: 'T2' }))
    await partner.on('vietqr/response/T2')
    assert.equal(partner.heard.length, 1)
    assert.equal((await refusal)[0].topic, 'vietqr/request/status/T1')
  })

  for (const topic of ['vietqr/request', 'vietqr/request/', 'vietqr/cash/T1', '/vietqr/request/T1']) {
    it(`${topic} is not even read`, async () => {
      await using host = await startHost()
      await using partner = await Partner.connect(host.url, ['vietqr/response/#'])
      const received = once(host.events, 'received')
      await partner.publish(topic, qrRequest())
      await partner.publish('vietqr/request/T2', qrRequest({ terminalCode: 'T2' }))
      await partner.on('vietqr/response/T2')
      assert.equal(partner.heard.length, 1)
      assert.equal((await received)[0].topic, 'vietqr/request/T2')
    })
  }
})
