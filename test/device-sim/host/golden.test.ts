import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { writeBalanceChange } from '../../../device-sim/host/balance-change.ts'
import { writeBound, writeClear, writePaid, writePushedQr } from '../../../device-sim/host/box-messages.ts'
import { transactionRefIdOf, writeQrAnswer } from '../../../device-sim/host/qr-answer.ts'
import { qrText } from '../../../device-sim/host/qr-text.ts'
import { lookupCheckSum } from '../../../protocol/vietqr/checksums.ts'
import { Partner } from '../partner.ts'
import { answers, balanceChanges, boxMessages, DEFECTIVE_QR, DYNAMIC_QR, lookups, STATIC_QR } from './golden.ts'
import { MMS, MOMENT, qrRequest, startHost } from './hosts.ts'

const NO_ID = '00000000-0000-4000-8000-000000000000'
const plain = { initiation: '11', bin: '970422', bankAccount: '1234567890', amount: 25000 } as const
const box = { bankAccount: '1234567890', bankCode: 'MB', userBankName: 'NGUYEN VAN A' }
const pushed = {
  ...box,
  transactionReceiveId: NO_ID,
  content: 'VQR0123456789 GUID1',
  amount: 25_000,
  qrCode: DYNAMIC_QR,
}

describe('a balance change, byte for byte', () => {
  const change = {
    bankAccount: '1234567890',
    amount: 25000,
    timePaid: MOMENT / 1000,
    transType: 'C',
    referenceNumber: 'FT24139000000001',
    orderId: 'GW0000000001',
    content: 'GUID1',
  }
  for (const form of ['integer', 'decimal', 'text', 'grouped', 'masked'] as const) {
    it(`with its amount as ${form}`, () => {
      assert.equal(writeBalanceChange(change, { noticeAmount: form, noticeOrderId: 'present' }), balanceChanges[form])
    })
  }
  for (const form of ['absent', 'empty'] as const) {
    it(`with its order id ${form}`, () => {
      assert.equal(writeBalanceChange(change, { noticeAmount: 'integer', noticeOrderId: form }), balanceChanges[form])
    })
  }
  for (const [amount, text] of [
    [9_999_999, '9999999.0'],
    [10_000_000, '1.0E7'],
    [12_345_670, '1.234567E7'],
    [-5_000, '-5000.0'],
  ] as const) {
    it(`with ${amount} as a double`, () => {
      const written = writeBalanceChange({ ...change, amount }, { noticeAmount: 'decimal', noticeOrderId: 'present' })
      assert.ok(written.includes(`"amount":${text},`), written)
    })
  }
})

describe('a message to a box, byte for byte', () => {
  it('N16', () => {
    const bound = { ...box, boxCode: 'VVB123456', terminalName: 'Quay 1', qrCode: STATIC_QR }
    assert.equal(writeBound(bound), boxMessages.bound)
  })
  it('N17, long and short', () => {
    assert.equal(writePushedQr(pushed, 'long', false), boxMessages.pushed)
    assert.equal(writePushedQr(pushed, 'short', false), boxMessages.pushedShort)
  })
  it('N12', () => assert.equal(writeClear(NO_ID), boxMessages.clear))
  it('N05, plain and masked', () => {
    assert.equal(writePaid(25_000, false), boxMessages.paid)
    assert.equal(writePaid(25_000, true), boxMessages.paidMasked)
  })
})

describe('a QR text, byte for byte', () => {
  it('of a box that is bound', () => {
    assert.equal(qrText({ ...plain, amount: '', content: 'SQRAB12CD34EF' }), STATIC_QR)
  })
  it('with everything that is wrong with the documented one', () => {
    const content = 'SampleTransactionDescription'
    assert.equal(qrText({ ...plain, amount: 50_000, content, defect: 'sample' }), DEFECTIVE_QR)
  })
  it('with one thing wrong', () => {
    const code = { ...plain, content: 'VQR0123456789 GUID1' }
    const wrong = qrText({ ...code, defect: 'wrong-crc' })
    assert.equal(wrong.slice(0, -4), DYNAMIC_QR.slice(0, -4))
    assert.notEqual(wrong, DYNAMIC_QR)
    assert.match(qrText({ ...code, defect: 'no-amount' }), /54005802VN/)
    assert.match(qrText({ ...code, defect: 'null-amount' }), /5404null5802VN62230819VQR0123456789 GUID163046AFB$/)
  })
})

describe('an answer, byte for byte', () => {
  const request = {
    amount: 25_000,
    content: 'GUID1',
    bankAccount: '1234567890',
    bankCode: 'MB',
    userBankName: 'Nguyen Van A',
    transType: 'C',
    orderId: 'GW0000000001',
    terminalCode: 'VVB123456',
    serviceCode: 'SVC001',
    additionalData: [{ additionalData1: 'GW0000000001' }],
    customerBankAccount: null,
    customerBankCode: null,
    customerName: null,
    sign: null,
    note: null,
    urlLink: null,
    reconciliation: null,
    qrType: null,
  }
  const made = {
    bank: { code: 'MB', name: 'Ngân hàng TMCP Quân đội' },
    bankAccount: '1234567890',
    userBankName: 'Nguyen Van A',
    content: 'VQR0123456789 GUID1',
    qrCode: DYNAMIC_QR,
    imgId: NO_ID,
    existing: 1,
    transactionRefId: transactionRefIdOf(NO_ID),
    additionalData: request.additionalData,
    unnamed: [],
  } as const
  it('for an account VietQR knows', () => assert.equal(writeQrAnswer(request, made), answers.plain))
  it('for one it does not know', () => {
    assert.equal(writeQrAnswer(request, { ...made, existing: 0, transactionRefId: null }), answers.unknown)
  })
  it('of an older build for another bank', () => {
    const other = { ...made, existing: 0, transactionRefId: null, additionalData: [] } as const
    assert.equal(writeQrAnswer(request, { ...other, unnamed: ['orderId', 'serviceCode'] }), answers.unnamed)
  })
})

describe('a lookup reply, byte for byte', () => {
  const right = { bankAccount: MMS.bankAccount, type: 0, value: 'GW0000000001' }
  const checkSum = lookupCheckSum(MMS.bankAccount, MMS.userBankName)
  const cases: readonly (readonly [keyof typeof lookups, Readonly<Record<string, unknown>> | null])[] = [
    ['pending', { ...right, checkSum }],
    ['nothing', { ...right, value: 'NONE', checkSum }],
    ['wrongCheckSum', { ...right, checkSum: checkSum.toUpperCase() }],
    ['noCheckSum', right],
    ['wrongType', { ...right, type: 2, checkSum }],
    ['empty', { ...right, value: '', checkSum }],
    ['single', { ...right, checkSum }],
    ['cancelled', { ...right, checkSum }],
  ]
  it('in every shape there is', async () => {
    await using host = await startHost()
    await using partner = await Partner.connect(host.url, ['vietqr/response/#', 'vietqr/response-status/#'])
    await partner.publish('vietqr/request/T', qrRequest({ bankAccount: MMS.bankAccount }))
    await partner.on('vietqr/response/VVB123456')
    for (const [name, question] of cases) {
      if (name === 'single') host.faults.change({ lookupShape: 'object' })
      if (name === 'cancelled') {
        host.faults.reset()
        await host.payments.cancel({ orderId: 'GW0000000001' })
      }
      await partner.publish(`vietqr/request-status/${name}`, question)
      assert.equal((await partner.on(`vietqr/response-status/${name}`)).text, lookups[name])
    }
  })
})
