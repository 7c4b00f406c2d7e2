import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readLookupReply, writeLookupRequest } from '../../../protocol/vietqr/lookup.ts'
import { bytes, changed, documented, server } from '../samples/vietqr.ts'

const documentedRow = {
  referenceNumber: 'TXN123456789012',
  orderId: 'ORD98765XYZ',
  amount: 25000,
  content: 'SampleProductPurchase',
  direction: 'in',
  status: 'paid',
  timeCreated: 1623039658000,
  timePaid: 1623039685000,
  terminalCode: null,
  note: '',
  refundCount: 0,
  amountRefunded: 0,
}

describe('a lookup', () => {
  const request = { bankAccount: '1234567890', value: 'ORD98765XYZ', checkSum: 'abc1234567890def1234567890abcdef' }

  it('is written as documented, the type a number', () => {
    const compact = JSON.stringify(JSON.parse(documented.lookupRequest))
    assert.equal(writeLookupRequest({ ...request, by: 'orderId' }), compact)
    assert.equal(writeLookupRequest({ ...request, by: 'referenceNumber' }), compact.replace('"type":0', '"type":1'))
  })

  it('is ASCII whatever is looked for', () => {
    const written = writeLookupRequest({ ...request, by: 'referenceNumber', value: 'Phở\n😀' })
    assert.match(written, /^[ -~]+$/)
    assert.equal(JSON.parse(written).value, 'Phở\n😀')
  })
})

describe('a lookup reply', () => {
  const rowWith = (change: Readonly<Record<string, unknown>>) => {
    const reply = readLookupReply(changed(documented.lookupReply, change))
    assert.ok(reply.kind === 'rows')
    return reply.rows[0]
  }

  it('is read as documented, a single transaction', () => {
    const reply = readLookupReply(bytes(documented.lookupReply))
    assert.deepEqual(reply, { kind: 'rows', rows: [documentedRow], broken: [] })
  })

  it('is read as the server sends it, a list of transactions, also an empty one', () => {
    const list = `[${documented.lookupReply},${documented.lookupReply}]`
    assert.deepEqual(readLookupReply(bytes(list)), { kind: 'rows', rows: [documentedRow, documentedRow], broken: [] })
    assert.deepEqual(readLookupReply(bytes('[]')), { kind: 'rows', rows: [], broken: [] })
  })

  it('that fails has the host’s code, one that only acknowledges is no row', () => {
    assert.deepEqual(readLookupReply(bytes(server.lookupRefusal)), { kind: 'failed', code: 'E39' })
    assert.deepEqual(readLookupReply(bytes('{"status":"SUCCESS","message":""}')), { kind: 'acknowledged' })
  })

  it('names a row that cannot be used and keeps the others', () => {
    const list = `[7,${documented.lookupReply},{"orderId":"X","amount":"*****","transType":"C"},null]`
    const reply = readLookupReply(bytes(list))
    assert.ok(reply.kind === 'rows')
    assert.deepEqual(reply.rows, [documentedRow])
    assert.equal(reply.broken.length, 3)
    assert.match(reply.broken[0] ?? '', /^row 1: .*it is a number; it should be a JSON object/)
    assert.match(reply.broken[1] ?? '', /^row 3: .*amount: .*masked/)
    assert.match(reply.broken[2] ?? '', /^row 4: /)
  })

  it('tells pending, paid, closed and everything else apart', () => {
    const statuses: readonly (readonly [unknown, string])[] = [
      [0, 'pending'],
      ['0', 'pending'],
      [1, 'paid'],
      ['1', 'paid'],
      [2, 'closed'],
      ['2', 'closed'],
      [3, 'other'],
      ['SUCCESS', 'other'],
      [true, 'other'],
      [null, 'other'],
      [undefined, 'other'],
    ]
    for (const [status, meaning] of statuses) assert.equal(rowWith({ status })?.status, meaning)
  })

  it('takes times in seconds, milliseconds and text; 0 is no time', () => {
    assert.equal(rowWith({ timePaid: 0 })?.timePaid, null)
    assert.equal(rowWith({ timePaid: '0' })?.timePaid, null)
    assert.equal(rowWith({ timePaid: 1623039685000 })?.timePaid, 1623039685000)
    assert.equal(rowWith({ timePaid: '1623039685' })?.timePaid, 1623039685000)
    assert.equal(rowWith({ timeCreated: '07/06/2021 11:20:58' })?.timeCreated, 1623039658000)
  })

  it('does not look at type, whose meanings disagree', () => {
    for (const type of [0, 1, 2, 3, 5, 6, '0', null, undefined, {}]) assert.deepEqual(rowWith({ type }), documentedRow)
  })

  it('without the fields that may be null or left out has their empty values', () => {
    const row = rowWith({
      referenceNumber: undefined,
      content: null,
      timeCreated: undefined,
      timePaid: null,
      terminalCode: null,
      note: null,
      refundCount: undefined,
      amountRefunded: null,
    })
    const times = { timeCreated: null, timePaid: null }
    assert.deepEqual(row, { ...documentedRow, referenceNumber: null, content: '', ...times, amountRefunded: null })
    assert.equal(rowWith({ refundCount: '2', amountRefunded: '5,000' })?.refundCount, 2)
    assert.equal(rowWith({ refundCount: '2', amountRefunded: '5,000' })?.amountRefunded, 5000)
  })

  it('with a single transaction that cannot be used says why', () => {
    assert.throws(() => rowWith({ amount: '25.000' }), { name: 'MessageError', code: 'AMOUNT_INVALID' })
    assert.throws(() => rowWith({ amountRefunded: -1 }), { code: 'AMOUNT_INVALID', message: /amountRefunded: / })
    assert.throws(() => rowWith({ refundCount: -1 }), { code: 'MALFORMED', message: /refundCount: is -1/ })
    assert.throws(() => rowWith({ refundCount: 'two' }), { code: 'MALFORMED', message: /refundCount: is "two"/ })
    assert.throws(() => rowWith({ transType: undefined }), { code: 'MALFORMED', message: /transType: is missing/ })
  })

  it('of no known shape is MALFORMED', () => {
    const nameless = '{"referenceNumber":"","orderId":null,"amount":25000,"transType":"C","status":1}'
    for (const text of ['null', '', '{}', '7', '"E39"', '{"status":1}', '{"status":"DONE"}', nameless]) {
      assert.throws(() => readLookupReply(bytes(text)), { name: 'MessageError', code: 'MALFORMED' }, text)
    }
  })

  it('has at most 1000 rows', () => {
    const list = (length: number) => bytes(JSON.stringify(new Array(length).fill(JSON.parse(documented.lookupReply))))
    const reply = readLookupReply(list(1000))
    assert.ok(reply.kind === 'rows' && reply.rows.length === 1000)
    assert.throws(() => readLookupReply(list(1001)), { code: 'MALFORMED', message: /1001 rows, the most is 1000/ })
  })
})
