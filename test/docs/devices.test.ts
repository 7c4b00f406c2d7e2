import assert from 'node:assert/strict'
import { test } from 'node:test'
import { profileOf } from '../../gateway/devices/profiles/index.ts'
import { ERROR_MESSAGES } from '../../protocol/errors.ts'
import { DEVICE_KINDS, deviceTopic, packetBytes, UP_PATHS, type UpPath } from '../../protocol/local/topics.ts'
import * as up from '../../protocol/local/up.ts'
import { blocks, rowsUnder } from './markdown.ts'
import { rarerMessages, shownMessages } from './told.ts'

/** docs/devices.md is what programmers of devices build against: its examples are messages the program reads and writes. */

const PAGE = 'docs/devices.md'
const EXAMPLES = blocks(PAGE, 'json')

type Reader = (payload: Uint8Array) => unknown

const READERS: Record<UpPath, Reader> = {
  'up/status': up.readStatus,
  'up/order': up.readOrder,
  'up/cancel': up.readCancel,
  'up/lookup': up.readLookup,
  'up/simulate': up.readSimulate,
  'up/result': up.readResult,
  'up/event': up.readEvent,
  'up/ack': up.readAcknowledgement,
}

/** The topic a heading such as "`up/order`" is about. */
function topicOf(heading: string): string {
  return /^`((?:up|down)\/\w+)`$/.exec(heading)?.[1] ?? ''
}

test('every topic a device may speak on has an example, and no other has', () => {
  const shown = new Set(EXAMPLES.map(({ heading }) => topicOf(heading)).filter(topic => topic.startsWith('up/')))
  assert.deepEqual([...shown].sort(), [...UP_PATHS].sort())
})

for (const { heading, place, text } of EXAMPLES.filter(example => topicOf(example.heading).startsWith('up/'))) {
  const topic = topicOf(heading)
  const [, read] = Object.entries(READERS).find(([path]) => path === topic) ?? []
  test(`the example of ${topic} (${place}) is read, every field of it`, () => {
    const example: object = JSON.parse(text)
    assert.ok(read !== undefined)
    const whole = JSON.stringify(read(Buffer.from(text)))
    for (const field of Object.keys(example)) {
      const spoilt = Buffer.from(JSON.stringify({ ...example, [field]: { not: 'this' } }))
      assert.notEqual(readOr(read, spoilt, 'refused'), whole, `nothing reads ${field}`)
    }
  })
}

function readOr(read: Reader, payload: Uint8Array, refused: string): string {
  try {
    return JSON.stringify(read(payload))
  } catch (error) {
    assert.ok(error instanceof up.DeviceMessageError)
    return refused
  }
}

test('the examples of what devices are told are, byte for byte, what the gateway sends', async () => {
  const shown = EXAMPLES.filter(({ heading }) => topicOf(heading).startsWith('down/')).map(({ heading, text }) => {
    return `${topicOf(heading)} ${JSON.stringify(JSON.parse(text))}`
  })
  const sent = (await shownMessages()).map(({ path, payload }) => `${path} ${payload}`)
  assert.deepEqual(shown.toSorted(), sent.toSorted())
})

test('the tables name exactly the fields that are sent', async () => {
  const fields = new Map<string, Set<string>>()
  for (const { path, payload } of [...(await shownMessages()), ...rarerMessages()]) {
    const known = fields.get(path) ?? new Set()
    for (const field of Object.keys(JSON.parse(payload))) known.add(field)
    fields.set(path, known)
  }
  for (const [path, known] of fields) {
    const named = rowsUnder(PAGE, `\`${path}\``).map(([field = '']) => field.replaceAll('`', ''))
    assert.deepEqual(named.toSorted(), [...known].toSorted(), path)
  }
})

test('the tables of what devices say name exactly the fields that are read', () => {
  for (const topic of UP_PATHS) {
    const examples = EXAMPLES.filter(({ heading }) => topicOf(heading) === topic)
    const used = new Set(examples.flatMap(({ text }) => Object.keys(JSON.parse(text))))
    const named = rowsUnder(PAGE, `\`${topic}\``).map(([field = '']) => field.replaceAll('`', ''))
    assert.deepEqual(named.toSorted(), [...used].toSorted(), topic)
  }
})

test('every error code has a row that says what to do', () => {
  const rows = rowsUnder(PAGE, 'Error codes').map(([code = '']) => code.replaceAll('`', ''))
  assert.deepEqual(rows, Object.keys(ERROR_MESSAGES))
})

test('the table of patience has the numbers of the profiles', () => {
  const seconds = (ms: number): string => `${ms / 1000} s`
  const rows = DEVICE_KINDS.map(kind => {
    const { patienceMs, gapMs, resendMs, attempts } = profileOf(kind).pace
    const times = attempts === Number.POSITIVE_INFINITY ? 'no limit' : String(attempts)
    return [`\`${kind}\``, seconds(resendMs), times, seconds(patienceMs), seconds(gapMs)]
  })
  assert.deepEqual(rowsUnder(PAGE, 'How long the gateway tries'), rows)
})

test('the table of limits has the numbers of the profiles', () => {
  const number = (value: number): string => value.toLocaleString('en-US')
  const list = (limits: object, inWords: (value: number | null) => string): string =>
    Object.entries(limits)
      .map(([kind, value]) => `${kind} ${inWords(value)}`)
      .join(' · ')
  const rows = DEVICE_KINDS.map(kind => {
    const { packetBytes: bytes, expiryMs, inFlight, largestAmount } = profileOf(kind).limits
    const heard = list(expiryMs, value => (value === null ? 'for ever' : `${number(value / 1000)} s`))
    const largest = largestAmount === null ? '-' : number(largestAmount)
    return [`\`${kind}\``, list(bytes, value => number(value ?? 0)), heard, String(inFlight), largest]
  })
  assert.deepEqual(rowsUnder(PAGE, 'Limits of each kind'), rows)
})

test('the sizes of the examples are those the table of numbers gives', async () => {
  const largest = new Map<string, number>()
  for (const { path, payload } of await shownMessages()) {
    const bytes = packetBytes(deviceTopic('vending-1', path), payload)
    largest.set(path, Math.max(bytes, largest.get(path) ?? 0))
  }
  for (const [topic = '', size = ''] of rowsUnder(PAGE, 'Sizes of packets')) {
    const path = topic.replaceAll('`', '')
    const limit = Number(/[\d,]+/.exec(size)?.[0].replaceAll(',', ''))
    assert.ok((largest.get(path) ?? Number.POSITIVE_INFINITY) <= limit, `${path}: ${largest.get(path)} > ${limit}`)
  }
})
