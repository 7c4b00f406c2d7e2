import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RepeatedNotes } from '../../../gateway/devices/repeated-notes.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function open() {
  const clock = new ManualClock()
  const heard: string[] = []
  const silent: string[] = []
  const away = new Set<string>()
  const notes = new RepeatedNotes(clock, {
    send: async (deviceId, path, payload) => {
      if (away.has(deviceId)) return false
      heard.push(`${deviceId} ${path} ${payload}`)
      return true
    },
    unanswered: (deviceId, path) => silent.push(`${deviceId} ${path}`),
  })
  return { clock, heard, silent, away, notes }
}

test('a note is sent again with the same id until it is answered', async () => {
  const { clock, heard, silent, notes } = open()
  await notes.tell('hop-1', 'down/link', 'N1', () => `N1 at ${clock.monotonic()}`, null)
  await clock.advance(4999)
  assert.equal(heard.length, 1)
  await clock.advance(1)
  assert.deepEqual(heard, ['hop-1 down/link N1 at 0', 'hop-1 down/link N1 at 5000'])
  notes.answered('hop-1', { id: 'N0', status: 'done' })
  notes.answered('hop-2', { id: 'N1', status: 'done' })
  await clock.advance(10_000)
  assert.equal(heard.length, 3)
  notes.answered('hop-1', { id: 'N1', status: 'received' })
  await clock.advance(600_000)
  assert.equal(heard.length, 3)
  assert.deepEqual(silent, [])
})

test('who answers nothing after four sendings is named, once', async () => {
  const { clock, heard, silent, notes } = open()
  await notes.tell('hop-1', 'down/config', 'N1', () => 'N1', null)
  await clock.advance(5000 + 10_000 + 20_000 + 39_999)
  assert.deepEqual([heard.length, silent], [4, []])
  await clock.advance(600_001)
  assert.deepEqual([heard.length, silent], [4, ['hop-1 down/config']])
})

test('the next note of a path takes the place of the one before; another path has its own', async () => {
  const { clock, heard, notes } = open()
  await notes.tell('hop-1', 'down/link', 'N1', () => 'N1', null)
  await notes.tell('hop-1', 'down/link', 'N2', () => 'N2', null)
  await notes.tell('hop-1', 'down/config', 'N3', () => 'N3', null)
  await clock.advance(5000)
  assert.deepEqual(heard.slice(3), ['hop-1 down/link N2', 'hop-1 down/config N3'])
})

test('busy is asked again after five seconds, and no later than there is use in it', async () => {
  const { clock, heard, silent, notes } = open()
  await notes.tell('loa-1', 'down/announce', 'N1', () => 'N1', clock.now() + 30_000)
  notes.answered('loa-1', { id: 'N1', status: 'busy' })
  await clock.advance(5000)
  assert.equal(heard.length, 2)
  await clock.advance(600_000)
  assert.deepEqual([heard.length, silent], [3, []])
})

test('a device that is away, or has left, is not told again', async () => {
  const { clock, heard, silent, away, notes } = open()
  away.add('hop-1')
  await notes.tell('hop-1', 'down/link', 'N1', () => 'N1', null)
  away.clear()
  await notes.tell('hop-2', 'down/link', 'N2', () => 'N2', null)
  notes.forget('hop-2')
  await notes.tell('hop-3', 'down/link', 'N3', () => 'N3', null)
  notes.stop()
  await clock.advance(600_000)
  assert.deepEqual([heard, silent], [['hop-2 down/link N2', 'hop-3 down/link N3'], []])
})
