import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readBalanceChange } from '../../../protocol/vietqr/balance-change.ts'
import { bytes, changed, documented, server } from '../samples/vietqr.ts'

function read(change: Readonly<Record<string, unknown>>) {
  return readBalanceChange(changed(server.balanceChange, change))
}

describe('a balance change', () => {
  it('is read as documented, with an amount like 25000.0 and no order', () => {
    assert.deepEqual(readBalanceChange(bytes(documented.balanceChange)), {
      bankAccount: '9876543210',
      amount: 25000,
      direction: 'in',
      referenceNumber: 'TXN876543210123',
      orderId: null,
      content: 'SampleTransaction Payment',
      settled: true,
      status: '1',
      hostTimePaid: Date.UTC(2024, 8, 1, 7, 30),
    })
  })

  it('is read as the server writes it', () => {
    assert.deepEqual(readBalanceChange(bytes(server.balanceChange)), {
      bankAccount: '1234567890',
      amount: 25000,
      direction: 'in',
      referenceNumber: 'FT24139000000001',
      orderId: 'GW0000000001',
      content: 'GUID1',
      settled: true,
      status: '1',
      hostTimePaid: Date.UTC(2024, 10, 21, 11, 53, 20),
    })
    assert.equal(readBalanceChange(bytes(server.balanceChangeEscaped)).content, "A=B & C<D>'")
  })

  it('is read with a byte order mark, spaces around it and fields nobody knows', () => {
    assert.equal(readBalanceChange(bytes(`\ufeff ${documented.balanceChange}\n`)).amount, 25000)
    assert.equal(read({ terminalCode: 'X', extra: { deep: [1] } }).amount, 25000)
  })

  it('is read whatever the case of its keys, the exact one first', () => {
    const lower = server.balanceChange.replace(/"\w+":/g, key => key.toLowerCase())
    assert.deepEqual(readBalanceChange(bytes(lower)), readBalanceChange(bytes(server.balanceChange)))
    assert.equal(read({ ORDERID: 'OTHER' }).orderId, 'GW0000000001')
  })

  it('takes the amount in each unambiguous form', () => {
    for (const amount of [25000, '25000', '25000.0', '25,000', ' 25000 ']) assert.equal(read({ amount }).amount, 25000)
  })

  it('with an amount that is not one is AMOUNT_INVALID and says which field', () => {
    for (const amount of ['25.000', '*****', 25000.5, -1, '', null, undefined, 'null', true, 1e21, {}]) {
      assert.throws(() => read({ amount }), {
        name: 'MessageError',
        code: 'AMOUNT_INVALID',
        message: /amount: the amount /,
      })
    }
  })

  it('with more wrong than its amount is MALFORMED and names every field', () => {
    assert.throws(() => read({ amount: '*****', transType: 'X', bankAccount: undefined }), {
      code: 'MALFORMED',
      message: /bankAccount: is missing.*amount: .*masked.*transType: is "X", it should be "C"/,
    })
  })

  it('is money in for C and out for D, in either case, and else MALFORMED', () => {
    for (const transType of ['C', 'c']) assert.equal(read({ transType }).direction, 'in')
    for (const transType of ['D', 'd']) assert.equal(read({ transType }).direction, 'out')
    for (const transType of [undefined, null, '', 'X', 'CD', 1]) {
      assert.throws(() => read({ transType }), { code: 'MALFORMED', message: /transType: is / })
    }
  })

  it('is settled by 1, "1" and "SUCCESS" and by nothing else; what came is kept', () => {
    for (const status of [1, '1', 'SUCCESS']) {
      assert.deepEqual([read({ status }).settled, read({ status }).status], [true, String(status)])
    }
    for (const status of [0, 2, '0', 'FAILED', 'success', ' 1', true, null, undefined, '', {}, [1], 1.5]) {
      assert.equal(read({ status }).settled, false, JSON.stringify(status))
    }
    assert.equal(read({ status: 'PENDING' }).status, 'PENDING')
    assert.equal(read({ status: undefined }).status, '')
  })

  it('has no order and no reference when they are absent, null or empty', () => {
    for (const none of [undefined, null, '', '  ']) {
      assert.equal(read({ orderId: none }).orderId, null)
      assert.equal(read({ referenceNumber: none }).referenceNumber, null)
    }
  })

  it('takes ids longer than the gateway makes, and ids and accounts written as numbers while they are exact', () => {
    assert.equal(read({ orderId: 'x'.repeat(36) }).orderId?.length, 36)
    assert.equal(read({ bankAccount: 1234567890 }).bankAccount, '1234567890')
    assert.equal(read({ referenceNumber: 24139 }).referenceNumber, '24139')
    for (const bankAccount of [1e17, 1.5, true, {}, [], '', ' ', null]) {
      assert.throws(() => read({ bankAccount }), { code: 'MALFORMED', message: /bankAccount: is / })
    }
  })

  it('without content has an empty one', () => {
    assert.equal(read({ content: undefined }).content, '')
    assert.equal(read({ content: null }).content, '')
  })

  it('is not lost over a time that makes no sense', () => {
    for (const timePaid of ['01/01/1970 07:00:00', 'soon', 0, null, undefined, {}, '31/02/2024 00:00:00']) {
      assert.equal(read({ timePaid }).hostTimePaid, null)
    }
    assert.equal(read({ timePaid: 1767844560000 }).hostTimePaid, 1767844560000)
  })
})
