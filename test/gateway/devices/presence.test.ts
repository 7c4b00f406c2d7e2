import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Presence, type Trouble } from '../../../gateway/devices/presence.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const BOX = { deviceId: 'loa-1' }

function watch() {
  const clock = new ManualClock()
  const troubles: Trouble[] = []
  const presence = new Presence(clock, { trouble: (_, trouble) => troubles.push(trouble) })
  const blink = async (ms: number): Promise<void> => {
    presence.changed('loa-1', true)
    presence.changed('loa-1', false)
    await clock.advance(ms)
  }
  return { clock, presence, troubles, blink }
}

test('a device is there from its first connection to its last, and known since when', async () => {
  const { clock, presence } = watch()
  assert.deepEqual([presence.of(BOX).online, presence.of(BOX).since], [false, null])
  const began = clock.now()
  presence.changed('loa-1', true)
  await clock.advance(5000)
  presence.heard('loa-1')
  const { online, since, lastTraffic } = presence.of(BOX)
  assert.deepEqual([online, since, lastTraffic], [true, began, began + 5000])
  assert.deepEqual([...presence.online], ['loa-1'])
  presence.changed('loa-1', false)
  assert.deepEqual([presence.of(BOX).online, presence.of(BOX).since], [false, began + 5000])
  presence.forget('loa-1')
  assert.deepEqual([presence.of(BOX).since, presence.online.size], [null, 0])
})

test('five connections within two minutes are flapping, four are not', async () => {
  const { presence, troubles, blink } = watch()
  for (let n = 0; n < 4; n += 1) await blink(30_000)
  assert.deepEqual([troubles, presence.of(BOX).trouble], [[], null])
  presence.changed('loa-1', true)
  assert.deepEqual([troubles, presence.of(BOX).trouble], [['flapping'], 'flapping'])
})

test('five connections within a little more than two minutes are not; and it is over when the device stays', async () => {
  const { clock, presence, troubles, blink } = watch()
  for (let n = 0; n < 4; n += 1) await blink(30_001)
  presence.changed('loa-1', true)
  assert.deepEqual(troubles, [])
  for (let n = 0; n < 3; n += 1) await blink(10)
  assert.equal(presence.of(BOX).trouble, 'flapping')
  await clock.advance(120_000)
  assert.equal(presence.of(BOX).trouble, null)
})

test('two boxes that throw each other out are told from one that flaps', async () => {
  const { clock, presence, troubles } = watch()
  presence.changed('loa-1', true)
  for (let n = 0; n < 4; n += 1) {
    presence.takenOver('loa-1')
    await clock.advance(1000)
  }
  assert.deepEqual(troubles, [])
  presence.takenOver('loa-1')
  assert.deepEqual([troubles, presence.of(BOX).trouble], [['contested'], 'contested'])
})
