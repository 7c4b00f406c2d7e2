import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backoff } from '../../../gateway/host/backoff.ts'
import { HandClock } from '../../support/hand-clock.ts'

const CEILINGS = [1_000, 1_000, 1_000, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]
const almostOne = () => 1 - Number.EPSILON

test('the first four tries come within a second each, then the ceiling doubles up to thirty seconds', () => {
  const backoff = new Backoff(new HandClock(), almostOne)
  assert.deepEqual(
    CEILINGS.map(() => backoff.next()),
    CEILINGS,
  )
})

test('each wait is drawn evenly between zero and the ceiling', () => {
  const draws = [0, 0.25, 0.5, 0.75]
  const backoff = new Backoff(new HandClock(), () => draws.shift() ?? 0)
  assert.deepEqual([backoff.next(), backoff.next(), backoff.next(), backoff.next()], [0, 250, 500, 750])
})

test('the ceiling holds after a thousand tries', () => {
  const backoff = new Backoff(new HandClock(), almostOne)
  const waits = Array.from({ length: 2_000 }, () => backoff.next())
  assert.equal(Math.max(...waits), 30_000)
})

test('a link that held for 59,999 ms does not begin anew, one that held for a minute does', () => {
  const clock = new HandClock()
  const backoff = new Backoff(clock, almostOne)
  for (const _ of CEILINGS) backoff.next()
  backoff.linkUp()
  clock.advance(59_999)
  assert.equal(backoff.next(), 30_000)
  backoff.linkUp()
  clock.advance(60_000)
  assert.equal(backoff.next(), 1_000)
})

test('time spent down does not count as stable', () => {
  const clock = new HandClock()
  const backoff = new Backoff(clock, almostOne)
  for (const _ of CEILINGS) backoff.next()
  backoff.linkUp()
  backoff.next()
  clock.advance(600_000)
  assert.equal(backoff.next(), 30_000)
})
