import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { NotReachableError } from '../../../gateway/broker/device-bus.ts'
import { connect, connectPacket, next, RawClient, received, startBroker } from './support.ts'

const DOWN = 'gw/v1/till-1/down/#'

test('a device is reachable once its down/ subscription is acknowledged, and not before', async t => {
  const { broker, owner, port } = await startBroker(t)
  await assert.rejects(broker.send('till-1', 'down/order', '{}'), NotReachableError)
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  await owner.until(() => owner.present.length === 1)
  assert.deepEqual([broker.online('till-1'), broker.reaches('till-1', 'down/order')], [true, false])
  await assert.rejects(broker.send('till-1', 'down/order', '{}'), NotReachableError)

  let sent: Promise<void> | undefined
  const { reachable } = owner
  owner.reachable = deviceId => {
    reachable.call(owner, deviceId)
    sent = broker.send('till-1', 'down/order', '{"id":"at once"}')
  }
  client.say({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: DOWN, qos: 1 }] })
  await client.until(() => client.count('publish') === 1)
  await sent
  assert.deepEqual(
    client.packets.map(({ cmd }) => cmd),
    ['connack', 'suback', 'publish'],
  )
  assert.deepEqual(owner.reached, ['till-1'])
})

test('a message down is QoS 1 and not retained, or QoS 0 where the device asked for that', async t => {
  const { broker, port } = await startBroker(t)
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  const subscriptions = [
    { topic: 'gw/v1/till-1/down/order', qos: 2 as const },
    { topic: 'gw/v1/till-1/down/+/low', qos: 0 as const },
    { topic: 'gw/v1/till-1/down/link', qos: 0 as const },
  ]
  client.say({ cmd: 'subscribe', messageId: 1, subscriptions })
  await client.until(() => client.count('suback') === 1)
  await broker.send('till-1', 'down/order', '{"content":"Đã nhận"}')
  await broker.send('till-1', 'down/very/low', '2')
  await broker.send('till-1', 'down/link', '3')
  await client.until(() => client.count('publish') === 3)
  const sent = client.packets.flatMap(packet => {
    return packet.cmd === 'publish' ? [[packet.topic, packet.qos, packet.retain, String(packet.payload)]] : []
  })
  assert.deepEqual(sent, [
    ['gw/v1/till-1/down/order', 1, false, '{"content":"Đã nhận"}'],
    ['gw/v1/till-1/down/very/low', 0, false, '2'],
    ['gw/v1/till-1/down/link', 0, false, '3'],
  ])
})

test('a device that subscribes topic by topic is announced as reachable at each step, never for a repetition', async t => {
  const { broker, owner, port } = await startBroker(t)
  const client = await connect(t, port, 'till-1')
  await client.subscribeAsync('gw/v1/till-1/down/order', { qos: 1 })
  assert.deepEqual([broker.reaches('till-1', 'down/link'), owner.reached.length], [false, 1])
  await client.subscribeAsync('gw/v1/till-1/down/link', { qos: 1 })
  assert.deepEqual([broker.reaches('till-1', 'down/link'), owner.reached.length], [true, 2])
  await client.subscribeAsync('gw/v1/till-1/down/link', { qos: 1 })
  assert.equal(owner.reached.length, 2)
  await client.unsubscribeAsync('gw/v1/till-1/down/link')
  assert.deepEqual([broker.reaches('till-1', 'down/link'), broker.reaches('till-1', 'down/order')], [false, true])
  await client.unsubscribeAsync('gw/v1/till-1/down/order')
  await assert.rejects(broker.send('till-1', 'down/order', '{}'), NotReachableError)
  assert.equal(broker.online('till-1'), true)
})

test('a later SUBSCRIBE of another link takes down/ and closes the earlier link', async t => {
  const { broker, owner, port } = await startBroker(t)
  const first = await connect(t, port, 'till-1')
  const firstInbox = received(first)
  await first.subscribeAsync(DOWN, { qos: 1 })
  const second = await connect(t, port, 'till-1', { clientId: 'till-1.second' })
  const secondInbox = received(second)
  assert.equal(first.connected, true)
  const closed = next(first, 'close')
  await second.subscribeAsync(DOWN, { qos: 1 })
  await closed
  const message = next(second, 'message')
  await broker.send('till-1', 'down/order', '{"id":"1"}')
  await message
  assert.deepEqual([firstInbox, secondInbox], [[], ['gw/v1/till-1/down/order {"id":"1"}']])
  assert.deepEqual([owner.present, owner.reached], [['till-1 on'], ['till-1', 'till-1']])
})

test('a second link with the same client id closes the first', async t => {
  const { broker, owner, port } = await startBroker(t)
  const first = await RawClient.open(t, port)
  await first.login('till-1')
  first.say({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: DOWN, qos: 1 }] })
  await owner.until(() => owner.reached.length === 1)
  const second = await connect(t, port, 'till-1')
  await first.ended()
  await second.publishAsync('gw/v1/till-1/up/status', '{}', { qos: 1 })
  assert.equal(broker.online('till-1'), true)
  assert.equal(broker.reaches('till-1', 'down/order'), false)
})

test('of two links that log in at once under one client id one stays', async t => {
  const { broker, owner, port } = await startBroker(t)
  const both = Promise.withResolvers<boolean>()
  let asked = 0
  owner.authenticate = () => {
    asked += 1
    if (asked === 4) both.resolve(true)
    return both.promise
  }
  const clients = await Promise.all([1, 2, 3, 4].map(() => RawClient.open(t, port)))
  for (const client of clients) client.say(connectPacket('till-1'))
  const open = () => clients.filter(({ closed }) => !closed)
  while (open().length > 1) await Promise.race(open().map(({ socket }) => once(socket, 'close')))
  const [winner] = open()
  winner?.say({ cmd: 'pingreq' })
  await winner?.until(() => winner.count('pingresp') === 1)
  assert.deepEqual([broker.online('till-1'), owner.present.at(-1)], [true, 'till-1 on'])
})

test('presence follows the first link and the last', async t => {
  const { broker, owner, port } = await startBroker(t)
  const first = await connect(t, port, 'till-1')
  const second = await connect(t, port, 'till-1', { clientId: 'till-1.b' })
  await first.endAsync()
  await second.publishAsync('gw/v1/till-1/up/status', '{}', { qos: 1 })
  assert.deepEqual([owner.present, broker.online('till-1')], [['till-1 on'], true])
  await second.endAsync()
  await owner.until(() => owner.present.length === 2)
  assert.deepEqual([owner.present, broker.online('till-1')], [['till-1 on', 'till-1 off'], false])
})

test('disconnect closes every link of one device and of no other', async t => {
  const { broker, owner, port } = await startBroker(t)
  const mine = await Promise.all(['till-1', 'till-1.b'].map(clientId => connect(t, port, 'till-1', { clientId })))
  const other = await connect(t, port, 'till-12')
  const closed = mine.map(client => next(client, 'close'))
  broker.disconnect('till-1')
  await Promise.all(closed)
  await owner.until(() => owner.present.includes('till-1 off'))
  await other.publishAsync('gw/v1/till-12/up/status', '{}', { qos: 1 })
})

test('a device that comes back with clean=false gets no session and no stale message', async t => {
  const { broker, port } = await startBroker(t)
  const before = await RawClient.open(t, port)
  before.say(connectPacket('till-1', { clean: false }))
  before.say({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: DOWN, qos: 1 }] })
  await before.until(() => before.count('suback') === 1)
  await broker.send('till-1', 'down/announce', '{"id":"never acknowledged"}')
  await before.until(() => before.count('publish') === 1)
  before.socket.destroy()
  while (broker.online('till-1')) await new Promise(setImmediate)
  await assert.rejects(broker.send('till-1', 'down/announce', '{"id":"while away"}'), NotReachableError)

  const after = await RawClient.open(t, port)
  after.say(connectPacket('till-1', { clean: false }))
  after.say({ cmd: 'pingreq' })
  await after.until(() => after.count('pingresp') === 1)
  const connack = after.packets[0]
  assert.ok(connack?.cmd === 'connack' && connack.returnCode === 0)
  assert.equal(connack.sessionPresent, false)
  assert.equal(broker.reaches('till-1', 'down/announce'), false)
  after.say({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: DOWN, qos: 1 }] })
  after.say({ cmd: 'pingreq' })
  await after.until(() => after.count('pingresp') === 2)
  assert.equal(after.count('publish'), 0)
})

test('an owner that throws on news does not harm the broker', async t => {
  const { broker, owner, port } = await startBroker(t)
  owner.presence = () => {
    throw new Error('presence')
  }
  owner.reachable = () => {
    throw new Error('reachable')
  }
  const client = await connect(t, port, 'till-1')
  await client.subscribeAsync(DOWN, { qos: 1 })
  const message = next(client, 'message')
  await broker.send('till-1', 'down/order', '{}')
  await message
})
