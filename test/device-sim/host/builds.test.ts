import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Account } from '../../../device-sim/host/accounts.ts'
import type { SimulatedHost } from '../../../device-sim/host/simulated-host.ts'
import { lookupCheckSum } from '../../../protocol/vietqr/checksums.ts'
import { parseQr } from '../../../protocol/vietqr/qr/payload.ts'
import { Partner } from '../partner.ts'
import { callbacks } from './golden.ts'
import { MMS, PLAIN, qrRequest, startHost } from './hosts.ts'

const BIDV: Account = { kind: 'bidv', bankAccount: '1234567892', bankCode: 'BIDV', userBankName: 'LE VAN C' }
const NO_VA: Account = { ...BIDV, bankAccount: '1234567893', virtualAccount: false }
const OTHER: Account = { kind: 'other', bankAccount: '1234567894', bankCode: 'VCB', userBankName: 'PHAM D' }
const UNKNOWN: Account = { kind: 'unknown', bankAccount: '1234567895', bankCode: 'MB', userBankName: 'DO E' }
const LINKED: Account = { ...PLAIN, bankAccount: '1234567896', merchantLinks: 2 }
const ALONE: Account = { ...PLAIN, bankAccount: '1234567897', merchantLinks: 0 }
const accounts = [MMS, PLAIN, BIDV, NO_VA, OTHER, UNKNOWN, LINKED, ALONE]
const FILTERS = [
  'vietqr/response/#',
  'vietqr/responseQR/#',
  'vietqr/response-status/#',
  'vietqr/bdsd/#',
  'vietqr/transaction-callback/#',
]

const of = ({ bankAccount, bankCode }: Account, change: Readonly<Record<string, unknown>> = {}) =>
  qrRequest({ bankAccount, bankCode, terminalCode: 'T1', ...change })

function partnerOf(host: SimulatedHost): Promise<Partner> {
  return Partner.connect(host.url, FILTERS)
}

/** What is answered to each request, in order; a last harmless one proves that the others were silence. */
async function said(host: SimulatedHost, requests: readonly (readonly [topic: string, body: unknown])[]) {
  await using partner = await partnerOf(host)
  for (const [topic, body] of requests) await partner.publish(topic, body)
  const checkSum = lookupCheckSum(PLAIN.bankAccount, PLAIN.userBankName)
  await partner.publish('vietqr/request-status/end', {
    bankAccount: PLAIN.bankAccount,
    type: 0,
    value: 'END',
    checkSum,
  })
  await partner.on('vietqr/response-status/end')
  return partner.heard.slice(0, -1).map(({ topic, text }) => ({ topic, text }))
}

describe('build 3', () => {
  it('says null for the merchant service, and stores nothing', async () => {
    await using host = await startHost({ build: 3, accounts })
    assert.deepEqual(await said(host, [['vietqr/request/T1', of(MMS)]]), [
      { topic: 'vietqr/response/T1', text: 'null' },
    ])
    assert.deepEqual(host.orders(), [])
  })

  it('stores a plain order before it answers', async () => {
    await using host = await startHost({ build: 3, accounts, faults: { storeDelay: 60_000 } })
    await said(host, [['vietqr/request/T1', of(PLAIN)]])
    assert.equal(host.orders()[0]?.transaction?.status, 0)
  })

  it('knows neither subTerminalCode nor simulated payments nor requestQR', async () => {
    await using host = await startHost({ build: 3, accounts })
    const callback = { bankAccount: PLAIN.bankAccount, content: 'x', amount: '1', transType: 'C' }
    const silence = await said(host, [
      ['vietqr/request/T1', of(PLAIN, { subTerminalCode: 'S' })],
      ['vietqr/test/transaction-callback', callback],
      ['vietqr/requestQR/T1', of(PLAIN)],
    ])
    assert.deepEqual(silence, [])
  })
})

describe('build 4', () => {
  it('answers the merchant service without additionalData, and tells of its payment all the same', async () => {
    await using host = await startHost({ build: 4, accounts })
    const [answer] = await said(host, [['vietqr/request/T1', of(MMS)]])
    assert.ok(answer?.text.endsWith('"orderId":"GW0000000001","additionalData":[]}'))
    assert.equal((await host.pay({ orderId: 'GW0000000001' })).told, 'vietqr/bdsd/T1')
  })

  it('takes 13 characters of order id for the merchant service, and not 14', async () => {
    await using host = await startHost({ build: 4, accounts })
    const heard = await said(
      host,
      [13, 14].map(n => ['vietqr/request/T1', of(MMS, { orderId: 'x'.repeat(n) })] as const),
    )
    assert.deepEqual(
      heard.map(({ text }) => JSON.parse(text).orderId),
      ['x'.repeat(13)],
    )
  })

  it('answers requestQR on responseQR', async () => {
    await using host = await startHost({ build: 4, accounts })
    const [answer] = await said(host, [['vietqr/requestQR/anything', of(PLAIN)]])
    assert.equal(answer?.topic, 'vietqr/responseQR/T1')
  })

  it('leaves names out for other banks', async () => {
    await using host = await startHost({ build: 4, accounts })
    const [other, bidv] = await said(host, [
      ['vietqr/request/T1', of(OTHER)],
      ['vietqr/request/T1', of({ ...BIDV, bankAccount: '555' })],
    ])
    assert.match(other?.text ?? '', /"serviceCode":null,"orderId":null/)
    assert.match(bidv?.text ?? '', /"serviceCode":"SVC001","orderId":null/)
  })

  it('stores an order of BIDV and says nothing', async () => {
    await using host = await startHost({ build: 4, accounts })
    assert.deepEqual(await said(host, [['vietqr/request/T1', of(BIDV)]]), [])
    assert.equal(host.orders()[0]?.transaction?.status, 0)
  })

  it('settles a simulated payment by content and amount, once', async () => {
    await using host = await startHost({ build: 4, accounts })
    const [answer] = await said(host, [['vietqr/request/T1', of(PLAIN)]])
    const { content } = JSON.parse(answer?.text ?? '{}')
    const callback = { bankAccount: PLAIN.bankAccount, content, amount: '25000', transType: 'C', urlLink: 'x' }
    const topic = 'vietqr/test/transaction-callback'
    const replies = await said(host, [
      [topic, { ...callback, amount: '24999' }],
      [topic, callback],
      [topic, callback],
      [topic, { ...callback, content: null }],
    ])
    assert.deepEqual(
      replies.map(({ text }) => text),
      [callbacks.notFound, callbacks.success, callbacks.notFound, callbacks.incomplete],
    )
    assert.ok(replies.every(({ topic }) => topic === 'vietqr/transaction-callback/response'))
    assert.deepEqual(host.openOrders(), [])
  })
})

describe('build 5', () => {
  it('takes 22 characters of order id for the merchant service, and not 23', async () => {
    await using host = await startHost({ accounts })
    const heard = await said(
      host,
      [22, 23].map(n => ['vietqr/request/T1', of(MMS, { orderId: 'x'.repeat(n) })] as const),
    )
    assert.deepEqual(
      heard.map(({ text }) => JSON.parse(text).orderId.length),
      [22],
    )
  })

  it('answers a BIDV account with a bill id, which finds its payment', async () => {
    await using host = await startHost({ accounts })
    const [answer] = await said(host, [['vietqr/request/T1', of(BIDV)]])
    const { content, qrCode, existing, orderId } = JSON.parse(answer?.text ?? '{}')
    assert.match(content, /^B[0-9]{11}$/)
    assert.deepEqual([existing, orderId, parseQr(qrCode).content], [1, 'GW0000000001', content])
    assert.ok(!qrCode.includes('GUID1'))
    const { told, matched } = await host.pay({ qrCode })
    assert.deepEqual([told, matched], [null, true])
    assert.deepEqual(host.openOrders(), [])
  })

  it('says null for a BIDV account without a virtual one', async () => {
    await using host = await startHost({ accounts })
    assert.deepEqual(await said(host, [['vietqr/request/T1', of(NO_VA)]]), [
      { topic: 'vietqr/response/T1', text: 'null' },
    ])
  })

  it('makes codes for other banks and never hears of their money', async () => {
    await using host = await startHost({ accounts })
    const [other, unknown] = await said(host, [
      ['vietqr/request/T1', of(OTHER, { userBankName: null })],
      ['vietqr/request/T1', of(UNKNOWN, { orderId: 'U1' })],
    ])
    assert.match(other?.text ?? '', /"userBankName":"PHAM D".*"existing":0.*"terminalCode":null/)
    assert.match(unknown?.text ?? '', /"existing":0/)
    const paid = await host.pay({ orderId: 'GW0000000001' })
    assert.deepEqual([paid.told, paid.matched], [null, false])
    await host.payUnmatched({ bankAccount: UNKNOWN.bankAccount, amount: 1, content: '' })
    const byReference = (account: Account, name: string) => ({
      bankAccount: account.bankAccount,
      type: 1,
      value: paid.referenceNumber,
      checkSum: lookupCheckSum(account.bankAccount, name),
    })
    const lookups = await said(host, [
      ['vietqr/request-status/A', byReference(OTHER, OTHER.userBankName)],
      ['vietqr/request-status/B', byReference(UNKNOWN, 'null')],
    ])
    assert.deepEqual(
      lookups.map(({ text }) => text),
      ['[]', '[]'],
    )
  })

  it('makes a simulated payment once for each linked merchant', async () => {
    await using host = await startHost({ accounts })
    const callback = ({ bankAccount }: Account) => ({ bankAccount, content: 'x', amount: '1', transType: 'C' })
    const topic = 'vietqr/test/transaction-callback'
    const replies = await said(
      host,
      [LINKED, ALONE, UNKNOWN].map(account => [topic, callback(account)] as const),
    )
    assert.deepEqual(
      replies.map(({ text }) => text),
      [callbacks.success, callbacks.success, callbacks.noMerchant, callbacks.noMerchant],
    )
  })
})
