import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { writeBalanceChange } from '../../../device-sim/host/balance-change.ts'
import { gsonJson, jacksonJson } from '../../../device-sim/host/java-json.ts'
import { qrText } from '../../../device-sim/host/qr-text.ts'
import { server } from '../../protocol/samples/vietqr.ts'
import { MOMENT } from './hosts.ts'

const paid = {
  bankAccount: '1234567890',
  amount: 25000,
  timePaid: MOMENT / 1000,
  transType: 'C',
  referenceNumber: 'FT24139000000001',
  orderId: 'GW0000000001',
  content: 'GUID1',
}

describe('the bytes of a balance change', () => {
  it('are those of the server', () => assert.equal(writeBalanceChange(paid), server.balanceChange))

  it('leave out an order id that is null', () => {
    assert.equal(
      writeBalanceChange({ ...paid, orderId: null }),
      server.balanceChange.replace('"orderId":"GW0000000001",', ''),
    )
  })

  it('keep an order id that is empty', () => {
    assert.equal(writeBalanceChange({ ...paid, orderId: '' }), server.balanceChange.replace('GW0000000001', ''))
  })

  it('escape what means something in HTML', () => {
    const content = `A=B & C<D>'`
    const escaped = String.raw`A\u003dB \u0026 C\u003cD\u003e\u0027`
    assert.equal(writeBalanceChange({ ...paid, content }), server.balanceChange.replace('GUID1', escaped))
  })

  it('show an order stored with time 0 as the first morning of 1970', () => {
    assert.match(writeBalanceChange({ ...paid, timePaid: 0 }), /"timePaid":"01\/01\/1970 07:00:00"/)
  })
})

describe('JSON as the server writes it', () => {
  const odd = '"\\\b\t\n\f\r\u001f/<é\u2028\u007f'

  it('escapes no more than JSON asks for, in upper-case hex, with Jackson', () => {
    assert.equal(jacksonJson([odd]), '["\\"\\\\\\b\\t\\n\\f\\r\\u001F/<é\u2028\u007f"]')
  })

  it('escapes HTML and line separators too, in lower-case hex, with Gson', () => {
    assert.equal(gsonJson([odd]), '["\\"\\\\\\b\\t\\n\\f\\r\\u001f/\\u003cé\\u2028\u007f"]')
  })

  it('writes nulls with Jackson and leaves them out with Gson', () => {
    assert.equal(jacksonJson({ a: null, b: [null, 1] }), '{"a":null,"b":[null,1]}')
    assert.equal(gsonJson({ a: null, b: [null, 1] }), '{"b":[null,1]}')
  })
})

describe('the text of a QR code', () => {
  const plain = { initiation: '11', bin: '970422', bankAccount: '1234567890', amount: 25000 } as const

  it('is the one the server makes', () => {
    assert.equal(
      qrText({ ...plain, content: 'VQR0123456789 GUID1' }),
      '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA53037045405250005802VN62230819VQR0123456789 GUID16304CC6D',
    )
  })

  it('has no tag 62 without content', () => {
    assert.equal(
      qrText({ ...plain, bin: '970418', content: '' }),
      '00020101021138540010A00000072701240006970418011012345678900208QRIBFTTA53037045405250005802VN6304E060',
    )
  })

  it('spells an amount that is missing', () => {
    assert.equal(
      qrText({ ...plain, amount: null, content: 'VQR0123456789 GUID1' }),
      '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA53037045404null5802VN62230819VQR0123456789 GUID163046AFB',
    )
  })

  it('takes the low byte of each letter into its checksum', () => {
    assert.equal(
      qrText({ ...plain, content: 'VQR0123456789 Phở' }),
      '00020101021138540010A00000072701240006970422011012345678900208QRIBFTTA53037045405250005802VN62210817VQR0123456789 Phở63044AC3',
    )
  })

  it('of the merchant service says 12 and carries the order as a bill', () => {
    assert.equal(
      qrText({ ...plain, initiation: '12', bill: 'GW0000000001', content: 'GUID1' }),
      '00020101021238540010A00000072701240006970422011012345678900208QRIBFTTA53037045405250005802VN62250112GW00000000010805GUID1630461B1',
    )
  })
})
