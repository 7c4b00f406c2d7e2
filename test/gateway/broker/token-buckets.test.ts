import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TokenBuckets } from '../../../gateway/broker/token-buckets.ts'

function scene(burst: number, perSecond: number) {
  const time = { now: 0 }
  return { time, buckets: new TokenBuckets({ burst, perSecond }, () => time.now) }
}

test('a burst may come at once, one more may not, and each key has its own', () => {
  const { time, buckets } = scene(3, 2)
  assert.deepEqual(
    [1, 2, 3, 4].map(() => buckets.tryTake('a')),
    [true, true, true, false],
  )
  assert.equal(buckets.tryTake('b'), true)
  time.now = 499
  assert.equal(buckets.tryTake('a'), false)
  time.now = 500
  assert.deepEqual([buckets.tryTake('a'), buckets.tryTake('a')], [true, false])
})

test('what is taken ahead of time is due when the bucket would have had it', () => {
  const { time, buckets } = scene(2, 4)
  assert.deepEqual(
    [1, 2, 3, 4].map(() => buckets.take('a')),
    [0, 0, 250, 500],
  )
  time.now = 250
  assert.equal(buckets.take('a'), 500)
})

test('tokens given back never make more than a full bucket', () => {
  const { buckets } = scene(2, 1)
  buckets.take('a')
  buckets.give('a', 100)
  assert.deepEqual(
    [1, 2, 3].map(() => buckets.tryTake('a')),
    [true, true, false],
  )
})

test('keys that say nothing new are forgotten', () => {
  const { time, buckets } = scene(1, 1)
  for (let key = 0; key < 1_000; key += 1) buckets.tryTake(String(key))
  time.now = 2_000
  buckets.tryTake('one more')
  assert.equal(buckets.size, 1)
})
