import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { vnd } from '../../../protocol/money.ts'
import { readTestCallbackReply, writeTestCallback } from '../../../protocol/vietqr/test-callback.ts'
import { bytes, server } from '../samples/vietqr.ts'

describe('a simulated payment', () => {
  const callback = { bankAccount: '1234567890', content: 'VQR0123456789 GUID1', amount: vnd(25000) }

  it('is written with the amount as text and no field the server does not know', () => {
    assert.equal(
      writeTestCallback(callback),
      '{"bankAccount":"1234567890","content":"VQR0123456789 GUID1","amount":"25000","transType":"C"}',
    )
  })

  it('of more than 2 147 483 647 đồng is refused before it is sent', () => {
    assert.match(writeTestCallback({ ...callback, amount: vnd(2_147_483_647) }), /"amount":"2147483647"/)
    assert.throws(() => writeTestCallback({ ...callback, amount: vnd(2_147_483_648) }), {
      name: 'AmountError',
      message: /2147483648 is too large for a simulated payment/,
    })
  })

  it('is answered by yes, by a sentence why not, or by null', () => {
    assert.deepEqual(readTestCallbackReply(bytes(server.testCallbackReply)), { kind: 'accepted', message: '' })
    assert.deepEqual(readTestCallbackReply(bytes(server.testCallbackRefusal)), {
      kind: 'failed',
      message: 'Transaction not found',
    })
    assert.deepEqual(readTestCallbackReply(bytes('null')), { kind: 'null' })
  })

  it('answered in another form is MALFORMED', () => {
    for (const text of ['', '[]', '{}', '{"status":1}', '{"status":"MAYBE"}', '"SUCCESS"']) {
      assert.throws(() => readTestCallbackReply(bytes(text)), { name: 'MessageError', code: 'MALFORMED' }, text)
    }
  })
})
