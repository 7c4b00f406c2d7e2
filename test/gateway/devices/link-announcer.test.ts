import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LinkAnnouncer } from '../../../gateway/devices/link-announcer.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function announcing() {
  const clock = new ManualClock()
  const said: string[] = []
  const announcer = new LinkAnnouncer(clock, up => said.push(up ? 'back' : 'lost'))
  return { clock, said, announcer }
}

test('a link that is lost for a minute is spoken of once, and once when it is back', async () => {
  const { clock, said, announcer } = announcing()
  announcer.changed(true)
  announcer.changed(false)
  await clock.advance(30_000)
  announcer.changed(false)
  await clock.advance(29_999)
  assert.deepEqual(said, [])
  await clock.advance(1)
  assert.deepEqual(said, ['lost'])
  announcer.changed(false)
  await clock.advance(600_000)
  assert.deepEqual(said, ['lost'])
  announcer.changed(true)
  announcer.changed(true)
  assert.deepEqual(said, ['lost', 'back'])
})

test('a link that flaps is not spoken of, and nothing is said after the end', async () => {
  const { clock, said, announcer } = announcing()
  for (let flap = 0; flap < 20; flap += 1) {
    announcer.changed(false)
    await clock.advance(59_999)
    announcer.changed(true)
    await clock.advance(1)
  }
  announcer.changed(false)
  announcer.stop()
  await clock.advance(600_000)
  assert.deepEqual(said, [])
})
