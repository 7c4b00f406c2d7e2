import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { vnd } from '../../../protocol/money.ts'
import { readQrAnswer } from '../../../protocol/vietqr/qr-answer.ts'
import { type QrRequest, writeQrRequest } from '../../../protocol/vietqr/qr-request.ts'
import { bytes, changed, documented, server } from '../samples/vietqr.ts'

const request: QrRequest = {
  amount: vnd(25000),
  content: 'GUID1',
  bankAccount: '1234567890',
  bankCode: 'MB',
  userBankName: 'NGUYEN VAN A',
  orderId: 'GW0000000001',
  terminalCode: 'VVB123456',
  serviceCode: 'SVC001',
  additionalDataKey: 'additionalData1',
}

describe('a QR request', () => {
  it('is written byte for byte as the server accepts it', () => {
    assert.equal(writeQrRequest(request), server.qrRequest)
  })

  it('leaves the service code out when there is none', () => {
    const { serviceCode: _, ...rest } = request
    assert.equal(writeQrRequest(rest), server.qrRequest.replace('"serviceCode":"SVC001",', ''))
    assert.equal(writeQrRequest({ ...request, serviceCode: undefined }), writeQrRequest(rest))
  })

  it('has the fields of the documented sample when the key of additionalData is info', () => {
    const written: unknown = JSON.parse(
      writeQrRequest({
        amount: vnd(15000),
        content: 'PaymentForOrder',
        bankAccount: '1234567890',
        bankCode: 'MB',
        userBankName: 'ABC Corporation',
        orderId: 'ORD12345XYZ',
        terminalCode: '987',
        serviceCode: 'SVC001',
        additionalDataKey: 'info',
      }),
    )
    const sample = documented.qrRequest.replace('AdditionalInfo1', 'ORD12345XYZ')
    assert.deepEqual(written, JSON.parse(sample))
    assert.deepEqual(Object.keys(Object(written)), Object.keys(JSON.parse(sample)))
  })

  it('is not written where the host would answer by silence', () => {
    const content = { name: 'GatewayError', code: 'CONTENT_INVALID', message: /^content / }
    for (const text of ['', 'Cà phê', 'a\nb', 'x'.repeat(51)]) {
      assert.throws(() => writeQrRequest({ ...request, content: text }), content)
    }
    for (const field of ['bankAccount', 'bankCode', 'userBankName', 'orderId', 'serviceCode', 'additionalDataKey']) {
      for (const text of ['', 'Nguyễn', '\u007f']) {
        const refused = { code: 'INVALID_MESSAGE', message: new RegExp(`^${field} `) }
        assert.throws(() => writeQrRequest({ ...request, [field]: text }), refused)
      }
    }
    assert.throws(() => writeQrRequest({ ...request, terminalCode: 'A/B' }), { name: 'TopicError' })
    assert.throws(() => writeQrRequest({ ...request, terminalCode: 'Ấ' }), { code: 'INVALID_MESSAGE' })
    assert.throws(() => writeQrRequest({ ...request, amount: vnd(0) }), { code: 'AMOUNT_INVALID' })
  })
})

describe('a QR answer', () => {
  it('is read as documented: no orderId, the amount a text, info in additionalData, a defective code', () => {
    assert.deepEqual(readQrAnswer(bytes(documented.qrAnswer)), {
      kind: 'qr',
      orderId: null,
      additionalData1: 'AdditionalInfo1',
      amount: 50000,
      content: 'SampleTransactionDescription',
      qrCode:
        '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA53037045405200005802VN62350831SampleTransactionDescription6304AAB8',
      bankAccount: '1234567890',
      bankCode: 'MB',
      userBankName: 'XYZ Ltd',
      known: true,
      transactionRefId: 'ABC1234567890XYZ',
      terminalCode: '987',
    })
  })

  it('is read as the server writes it, its content another than was asked for', () => {
    assert.deepEqual(readQrAnswer(bytes(server.qrAnswer)), {
      kind: 'qr',
      orderId: 'GW0000000001',
      additionalData1: 'GW0000000001',
      amount: 25000,
      content: 'VQR0123456789 GUID1',
      qrCode: '000201…6304CC6D',
      bankAccount: '1234567890',
      bankCode: 'MB',
      userBankName: 'NGUYEN VAN A',
      known: true,
      transactionRefId: 'MDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAw',
      terminalCode: 'VVB123456',
    })
  })

  it('for an account VietQR does not know is read with its nulls and empty content', () => {
    const answer = readQrAnswer(bytes(server.qrAnswerUnknownAccount))
    assert.ok(answer.kind === 'qr')
    assert.equal(answer.known, false)
    assert.deepEqual([answer.transactionRefId, answer.terminalCode, answer.additionalData1], [null, null, null])
    assert.equal(answer.content, '')
  })

  it('that is the literal null, or a refusal, is told apart from a code', () => {
    assert.deepEqual(readQrAnswer(bytes('null')), { kind: 'null' })
    assert.deepEqual(readQrAnswer(bytes(' null\n')), { kind: 'null' })
    assert.deepEqual(readQrAnswer(bytes('{"status":"FAILED","message":"E46"}')), { kind: 'refused', code: 'E46' })
    assert.deepEqual(readQrAnswer(bytes('{"STATUS":"failed"}')), { kind: 'refused', code: 'FAILED' })
  })

  const answerWith = (change: Readonly<Record<string, unknown>>) => {
    const answer = readQrAnswer(changed(server.qrAnswer, change))
    assert.ok(answer.kind === 'qr')
    return answer
  }

  it('knows the account for 1, "1", true and no word of it', () => {
    for (const existing of [1, '1', true, undefined, null]) assert.equal(answerWith({ existing }).known, true)
    for (const existing of [0, '0', false, 2, 'yes', {}]) assert.equal(answerWith({ existing }).known, false)
  })

  it('has no amount when the host had none, and is AMOUNT_INVALID when it cannot be read', () => {
    for (const amount of ['null', null, undefined, '']) assert.equal(answerWith({ amount }).amount, null)
    for (const amount of [25000, '25000', '25,000', '25000.0']) assert.equal(answerWith({ amount }).amount, 25000)
    for (const amount of ['*****', '25.000', -1, true]) {
      assert.throws(() => answerWith({ amount }), { name: 'MessageError', code: 'AMOUNT_INVALID' })
    }
  })

  it('takes additionalData in any form', () => {
    const read: readonly (readonly [unknown, string | null])[] = [
      [[{ additionalData1: 'A' }, { additionalData1: 'B' }], 'A'],
      [[{ info: 'A' }], 'A'],
      [[{ additionalData1: 'A', info: 'B' }], 'A'],
      [[{ additionalData1: null, info: 'B' }], 'B'],
      [{ additionalData1: 'A' }, 'A'],
      [[{ ADDITIONALDATA1: 12 }], '12'],
      [[{ additionalData1: '' }], null],
      [[{ additionalData1: {} }], null],
      [[], null],
      [[null], null],
      ['text', null],
      [null, null],
      [undefined, null],
    ]
    for (const [additionalData, echo] of read) assert.equal(answerWith({ additionalData }).additionalData1, echo)
  })

  it('does not look at the fields that mean nothing', () => {
    const odd = { imgId: 7, transactionId: null, qrLink: {}, serviceCode: null, bankName: [] }
    assert.deepEqual(answerWith(odd), readQrAnswer(bytes(server.qrAnswer)))
  })

  it('without a code, or of another form, is MALFORMED', () => {
    for (const qrCode of [undefined, null, '', ' ', {}]) {
      assert.throws(() => answerWith({ qrCode }), { code: 'MALFORMED', message: /qrCode: is .*it should be the text/ })
    }
    for (const text of ['', ' ', '[]', '[null]', '"x"', '1', 'true', '{}', '{"status":"SUCCESS"}', '{"a":', 'nul']) {
      assert.throws(() => readQrAnswer(bytes(text)), { name: 'MessageError', code: 'MALFORMED' }, text)
    }
  })
})
