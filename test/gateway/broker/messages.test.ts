import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { connect, connectPacket, type Heard, publishPacket, RawClient, startBroker } from './support.ts'

const ORDER = 'gw/v1/till-1/up/order'

test('a message is acknowledged only after the owner has it on disk', async t => {
  const { owner, port } = await startBroker(t)
  const disk = Promise.withResolvers<void>()
  owner.commit = () => disk.promise
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  client.say(publishPacket(ORDER, 11, '{"requestId":"r1"}'))
  await owner.until(() => owner.heard.length === 1)
  // Whatever was to leave by itself has left before somebody else has come in.
  await (await RawClient.open(t, port)).login('till-2')
  assert.equal(client.count('puback'), 0)
  disk.resolve()
  await client.until(() => client.count('puback') === 1)
  assert.deepEqual(owner.heard, [{ deviceId: 'till-1', path: 'up/order', text: '{"requestId":"r1"}', retained: false }])
})

test('QoS 2 is received only after the owner has it on disk, and a repeated release is answered again', async t => {
  const { owner, port } = await startBroker(t)
  const disk = Promise.withResolvers<void>()
  owner.commit = () => disk.promise
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  client.say(publishPacket(ORDER, 3, '{}', 2))
  await owner.until(() => owner.heard.length === 1)
  assert.equal(client.count('pubrec'), 0)
  disk.resolve()
  await client.until(() => client.count('pubrec') === 1)
  client.say({ cmd: 'pubrel', messageId: 3 }, { cmd: 'pubrel', messageId: 3 })
  await client.until(() => client.count('pubcomp') === 2)
  assert.equal(owner.heard.length, 1)
})

test('a message the owner rejects ends the connection without PUBACK, and what came after it is not heard', async t => {
  const { owner, port } = await startBroker(t)
  owner.commit = async ({ text }: Heard) => {
    await nextTurn()
    if (text === 'bad') throw new Error('disk full')
  }
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  client.say(publishPacket(ORDER, 1, 'good'), publishPacket(ORDER, 2, 'bad'), publishPacket(ORDER, 3, 'after'))
  await client.ended()
  const acknowledged = client.packets.flatMap(packet => (packet.cmd === 'puback' ? [packet.messageId] : []))
  assert.deepEqual([acknowledged, owner.heard.map(({ text }) => text)], [[1], ['good', 'bad']])

  const again = await RawClient.open(t, port)
  await again.login('till-1')
  again.say(publishPacket(ORDER, 1, 'again'))
  await again.until(() => again.count('puback') === 1)
})

test('messages of one link are handled one by one, in order, while other links go on', async t => {
  const { owner, port } = await startBroker(t)
  const first = Promise.withResolvers<void>()
  owner.commit = ({ text }) => (text === '0' ? first.promise : Promise.resolve())
  const slow = await RawClient.open(t, port)
  await slow.login('till-1')
  slow.say(...Array.from({ length: 20 }, (_, index) => publishPacket(ORDER, index + 1, String(index))))
  await owner.until(() => owner.heard.length === 1)
  const other = await connect(t, port, 'till-2')
  await other.publishAsync('gw/v1/till-2/up/order', 'x', { qos: 1 })
  assert.equal(owner.heard.length, 2)
  first.resolve()
  await slow.until(() => slow.count('puback') === 20)
  const texts = owner.heard.filter(({ deviceId }) => deviceId === 'till-1').map(({ text }) => text)
  assert.deepEqual(
    texts,
    Array.from({ length: 20 }, (_, index) => String(index)),
  )
  const acknowledged = slow.packets.flatMap(packet => (packet.cmd === 'puback' ? [packet.messageId] : []))
  assert.deepEqual(
    acknowledged,
    Array.from({ length: 20 }, (_, index) => index + 1),
  )
})

test('a will arrives as up/status of its device when the connection breaks, after what the device said before', async t => {
  const { owner, port } = await startBroker(t)
  const client = await RawClient.open(t, port)
  const will = {
    topic: 'gw/v1/till-1/up/status',
    payload: Buffer.from('{"online":false}'),
    qos: 1,
    retain: true,
  } as const
  client.say(connectPacket('till-1', { will }))
  await client.until(() => client.count('connack') === 1)
  const stored = Promise.withResolvers<void>()
  owner.commit = ({ path }) => (path === 'up/order' ? stored.promise : Promise.resolve())
  client.say(publishPacket(ORDER, 1))
  await owner.until(() => owner.heard.length === 1)
  client.socket.destroy()
  await owner.until(() => owner.present.includes('till-1 off'))
  assert.equal(owner.heard.length, 1)
  stored.resolve()
  await owner.until(() => owner.heard.length === 2)
  assert.deepEqual(owner.heard[1], { deviceId: 'till-1', path: 'up/status', text: '{"online":false}', retained: true })
})

test('a will is not told after a DISCONNECT', async t => {
  const { owner, port } = await startBroker(t)
  const will = {
    topic: 'gw/v1/till-1/up/status',
    payload: Buffer.from('{"online":false}'),
    qos: 1,
    retain: true,
  } as const
  const client = await connect(t, port, 'till-1', { will })
  await client.endAsync()
  await owner.until(() => owner.present.includes('till-1 off'))
  const other = await connect(t, port, 'till-2')
  await other.publishAsync('gw/v1/till-2/up/status', '{}', { qos: 1 })
  assert.deepEqual(
    owner.heard.map(({ deviceId }) => deviceId),
    ['till-2'],
  )
})

test('the retain flag of a message is handed on, and the text as it came', async t => {
  const { owner, port } = await startBroker(t)
  const client = await connect(t, port, 'till-1')
  await client.publishAsync('gw/v1/till-1/up/status', '{"online":true}', { qos: 1, retain: true })
  await client.publishAsync('gw/v1/till-1/up/no/such/path', '', { qos: 1 })
  assert.deepEqual(owner.heard, [
    { deviceId: 'till-1', path: 'up/status', text: '{"online":true}', retained: true },
    { deviceId: 'till-1', path: 'up/no/such/path', text: '', retained: false },
  ])
})
