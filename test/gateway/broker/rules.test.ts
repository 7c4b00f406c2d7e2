import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  clientIdAllowed,
  covers,
  publishAllowed,
  subscribeAllowed,
  willAllowed,
} from '../../../gateway/broker/rules.ts'

test('the client id is the device id, or the device id, a dot and anything', () => {
  for (const clientId of ['till-1', 'till-1.', 'till-1.screen', 'till-1.a.b/#']) {
    assert.equal(clientIdAllowed('till-1', clientId), true, clientId)
  }
  for (const clientId of ['', 'till', 'till-12', 'till-1screen', 'Till-1', 'till-2', 'x.till-1']) {
    assert.equal(clientIdAllowed('till-1', clientId), false, clientId)
  }
})

test('a device publishes below its own up/ and nowhere else', () => {
  for (const path of ['up/order', 'up/status', 'up/no/such/path']) {
    assert.equal(publishAllowed('till-1', `gw/v1/till-1/${path}`), true, path)
  }
  const forbidden = [
    '',
    'up/order',
    'gw/v1/till-1/up',
    'gw/v1/till-1/up/',
    'gw/v1/till-1/upper/order',
    'gw/v1/till-1/down/vend',
    'gw/v1/till-2/up/order',
    'gw/v1/till-1/../till-2/up/order',
    '/gw/v1/till-1/up/order',
    'gw/v1/till-1/up/+',
    'gw/v1/till-1/up/#',
    'gw/v1/till-1/up/or\u0000der',
    '$SYS/gw/v1/till-1/up/order',
  ]
  for (const topic of forbidden) assert.equal(publishAllowed('till-1', topic), false, topic)
})

test('a device subscribes below its own down/ and nowhere else', () => {
  for (const path of ['down/#', 'down/+', 'down/order', 'down/+/x', 'down/order/#']) {
    assert.equal(subscribeAllowed('till-1', `gw/v1/till-1/${path}`), true, path)
  }
  const forbidden = [
    '',
    '#',
    '+',
    '+/v1/till-1/down/#',
    'gw/v1/+/down/#',
    'gw/v1/till-1/#',
    'gw/v1/till-1/+/order',
    'gw/v1/till-1/down',
    'gw/v1/till-1/down/',
    'gw/v1/till-1/up/#',
    'gw/v1/till-2/down/#',
    'gw/v1/till-1/down/#/order',
    'gw/v1/till-1/down/or+',
    'gw/v1/till-1/down/or#',
    'gw/v1/till-1/down/\u0000',
    '$share/till-1/gw/v1/till-1/down/#',
    '$SYS/#',
  ]
  for (const filter of forbidden) assert.equal(subscribeAllowed('till-1', filter), false, filter)
})

test('topics have at most 128 bytes and ten levels', () => {
  const longest = (start: string) => `${start}${'ư'.repeat((128 - start.length) >> 1)}${'x'.repeat(start.length & 1)}`
  const deepest = (start: string) => `${start}${'/x'.repeat(10 - start.split('/').length)}`
  const up = 'gw/v1/till-1/up/order'
  const down = 'gw/v1/till-1/down/order'
  assert.equal(Buffer.byteLength(longest(up)), 128)
  for (const make of [longest, deepest]) {
    assert.equal(publishAllowed('till-1', make(up)), true, make(up))
    assert.equal(subscribeAllowed('till-1', make(down)), true, make(down))
  }
  for (const [topic, filter] of [
    [`${longest(up)}x`, `${longest(down)}x`],
    [`${deepest(up)}/x`, `${deepest(down)}/x`],
  ] as const) {
    assert.equal(publishAllowed('till-1', topic), false, topic)
    assert.equal(subscribeAllowed('till-1', filter), false, filter)
  }
})

test('a will is the own status and nothing else', () => {
  assert.equal(willAllowed('till-1', { topic: 'gw/v1/till-1/up/status' }), true)
  for (const topic of ['gw/v1/till-2/up/status', 'gw/v1/till-1/up/order', 'gw/v1/till-1/up/status/x', '']) {
    assert.equal(willAllowed('till-1', { topic }), false, topic)
  }
})

test('a filter covers the topics MQTT says it covers', () => {
  const cases: [filter: string, topic: string, covered: boolean][] = [
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['a/b', 'a', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a/', true],
    ['a/+', 'a', false],
    ['a/+', 'a/b/c', false],
    ['a/#', 'a/b/c', true],
    ['a/#', 'a', true],
    ['a/#', 'ab', false],
    ['a/+/c', 'a/b/c', true],
    ['a/+/c', 'a/b/d', false],
    ['+/+', '/b', true],
  ]
  for (const [filter, topic, covered] of cases) assert.equal(covers(filter, topic), covered, `${filter} ${topic}`)
})

test('no allowed filter of one device covers a topic of another', () => {
  const level = fc.constantFrom('gw', 'v1', 'a', 'b', 'up', 'down', 'order', '+', '#', '')
  fc.assert(
    fc.property(fc.array(level, { maxLength: 6 }), fc.array(level, { maxLength: 3 }), (filterLevels, rest) => {
      const filter = filterLevels.join('/')
      const topic = ['gw', 'v1', 'b', 'down', ...rest].join('/')
      assert.ok(!subscribeAllowed('a', filter) || !covers(filter, topic))
      const below = `gw/v1/a/down/${filter}`
      assert.ok(!subscribeAllowed('a', below) || !covers(below, topic))
    }),
  )
})
