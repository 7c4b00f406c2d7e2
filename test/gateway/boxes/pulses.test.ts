import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPayable, payingMs } from '../../../gateway/boxes/pulses.ts'

test('only what the firmware turns into pulses is sold, and a train is given its time', () => {
  const payable = [10_000, 20_000, 50_000, 100_000, 200_000, 500_000]
  for (const amount of payable) {
    assert.equal(isPayable(amount), true)
    assert.equal(isPayable(amount - 1) || isPayable(amount + 1), false)
  }
  // From the table of public firmware: 0.4 s, 2 s and 20 s of pulses, and a rest of 1.5 s.
  assert.deepEqual([10_000, 50_000, 500_000].map(payingMs), [1_900, 3_500, 21_500])
})
