import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstMessageId, isDeviceId, newMessageId, newOrderId } from '../../protocol/ids.ts'

test('an order id has 13 letters and digits, none easily confused', () => {
  for (let run = 0; run < 1000; run++) assert.match(newOrderId(), /^[0-9A-HJKMNP-TV-Z]{13}$/)
})

test('every random bit reaches the order id', () => {
  const zero = new Uint8Array(13)
  const seen = new Set([newOrderId(() => zero)])
  for (let index = 0; index < 13; index++) {
    for (let bit = 0; bit < 5; bit++) seen.add(newOrderId(() => zero.with(index, 1 << bit)))
  }
  assert.equal(seen.size, 1 + 65)
})

test('order ids do not repeat', () => {
  assert.equal(new Set(Array.from({ length: 20_000 }, () => newOrderId())).size, 20_000)
})

test('a source that gives too few random bytes is refused', () => {
  assert.throws(() => newOrderId(() => new Uint8Array(5)), RangeError)
  assert.throws(() => newMessageId(0, () => new Uint8Array(0)), RangeError)
})

test('a message id is a ULID', () => {
  const zero = (bytes: number) => new Uint8Array(bytes)
  assert.equal(newMessageId(0, zero), '0'.repeat(26))
  assert.equal(newMessageId(1469918176385, zero), `01ARYZ6S41${'0'.repeat(16)}`)
  assert.equal(newMessageId(2 ** 48 - 1, zero), `7ZZZZZZZZZ${'0'.repeat(16)}`)
  assert.equal(newMessageId(Date.now()).length, 26)
})

test('message ids sort by time', () => {
  const times = [0, 1, 31, 32, 1_700_000_000_000, 1_700_000_000_001, 2 ** 48 - 1]
  const ids = times.map(time => newMessageId(time))
  assert.deepEqual(ids.toSorted(), ids)
})

test('what is no time is refused', () => {
  for (const time of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 48]) {
    assert.throws(() => newMessageId(time), RangeError)
  }
})

test('a device id has 1 to 32 of a-z, 0-9 and the hyphen', () => {
  for (const id of ['a', 'paybox-01', '-', '0'.repeat(32)]) assert.equal(isDeviceId(id), true, id)
  for (const id of ['', 'A', 'quầy', 'a b', 'a/b', 'a.b', '+', '#', 'a\n', '0'.repeat(33)]) {
    assert.equal(isDeviceId(id), false, id)
  }
})

test('the first id of a moment stands between those of before and its own', () => {
  for (const now of [1, 1469918176385, 2 ** 48 - 2]) {
    const first = firstMessageId(now)
    assert.ok(newMessageId(now - 1) < first && first <= newMessageId(now) && first < newMessageId(now + 1), `${now}`)
  }
  assert.equal(firstMessageId(-5), firstMessageId(0))
})
