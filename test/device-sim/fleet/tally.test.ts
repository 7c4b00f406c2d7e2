import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tally } from '../../../device-sim/fleet/tally.ts'

test('what is missing, doubled or without reason is counted and named; latencies are from cause to effect', async () => {
  const tally = new Tally()
  for (let number = 0; number < 100; number += 1) tally.expect(`box says ${number}`, 1000)
  tally.expect('box says never', 1000)
  for (let number = 0; number < 100; number += 1) tally.came(`box says ${number}`, 1001 + number)
  tally.came('box says 7', 3000)
  tally.came('box says nonsense', 3000)
  const { latencyMs, ...counts } = tally.counts
  assert.deepEqual(counts, { expected: 101, came: 100, missing: 1, doubled: 1, unfounded: 1 })
  assert.deepEqual(latencyMs, { p50: 51, p95: 96, p99: 100, max: 100 })
  assert.deepEqual(tally.examples(5), {
    missing: ['box says never'],
    doubled: ['box says 7'],
    unfounded: ['box says nonsense'],
  })
})

test('is complete when the last effect has come, or when nobody waits any longer', async () => {
  const tally = new Tally()
  tally.expect('one', 0)
  const complete = tally.complete(AbortSignal.timeout(10_000))
  tally.came('one', 1)
  await complete
  tally.expect('two', 0)
  await tally.complete(AbortSignal.abort())
  assert.equal(tally.counts.missing, 1)
})
