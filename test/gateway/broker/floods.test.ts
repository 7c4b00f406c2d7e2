import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Packet } from 'mqtt-packet'
import { connect, connectPacket, publishPacket, RawClient, startBroker } from './support.ts'

const NEVER = 1 / 3_600
const ORDER = 'gw/v1/till-1/up/order'

function messages(count: number, qos: 0 | 1 = 1, deviceId = 'till-1'): Packet[] {
  const topic = `gw/v1/${deviceId}/up/order`
  return Array.from({ length: count }, (_, index) => {
    return { cmd: 'publish', topic, payload: '{}', qos, messageId: index + 1, dup: false, retain: false }
  })
}

test('a burst is heard at once; the message after it waits, the device is told, and nobody else waits', async t => {
  const limits = { messages: { burst: 5, perSecond: NEVER } }
  const { owner, port } = await startBroker(t, { limits })
  const fast = await RawClient.open(t, port)
  await fast.login('till-1')
  fast.say(...messages(5))
  await fast.until(() => fast.count('puback') === 5)
  assert.deepEqual(owner.slow, [])
  fast.say(...messages(1))
  await owner.until(() => owner.slow.length === 1)
  const other = await connect(t, port, 'till-2')
  await other.publishAsync('gw/v1/till-2/up/status', '{}', { qos: 1 })
  assert.deepEqual([owner.heard.length, fast.count('puback'), fast.closed, owner.slow], [6, 5, false, ['till-1']])
})

test('another link of a device that is too fast waits too', async t => {
  const { owner, port } = await startBroker(t, { limits: { messages: { burst: 1, perSecond: NEVER } } })
  for (const clientId of ['till-1', 'till-1.b']) {
    const client = await RawClient.open(t, port)
    client.say(connectPacket('till-1', { clientId }), ...messages(1))
    await owner.until(() => owner.heard.length + owner.slow.length === (clientId === 'till-1' ? 1 : 2))
  }
  assert.deepEqual([owner.heard.length, owner.slow], [1, ['till-1']])
})

test('what waits is heard when its time comes, in order', async t => {
  const { owner, port } = await startBroker(t, { limits: { messages: { burst: 1, perSecond: 100 } } })
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  client.say(...['a', 'b', 'c'].map((text, index) => publishPacket(ORDER, index + 1, text)))
  await client.until(() => client.count('puback') === 3)
  assert.deepEqual([owner.heard.map(({ text }) => text), owner.slow], [['a', 'b', 'c'], ['till-1']])
})

for (const qos of [0, 1] as const) {
  test(`at QoS ${qos} 8 messages of a link may wait; the ninth ends it, named, and what waited is not heard`, async t => {
    const lines: unknown[] = []
    const keep = (fields: unknown) => lines.push(fields)
    const log = { debug: () => undefined, info: keep, warn: keep }
    const limits = { messages: { burst: 2, perSecond: NEVER }, waiting: 8 }
    const { owner, port } = await startBroker(t, { limits, log })
    for (const [deviceId, flood] of [
      ['till-1', 8],
      ['till-2', 9],
    ] as const) {
      owner.heard.length = 0
      const client = await RawClient.open(t, port)
      await client.login(deviceId)
      client.say(...messages(2, qos, deviceId))
      await owner.until(() => owner.heard.length === 2)
      assert.equal(JSON.stringify(lines).includes(`"${deviceId}"`), false)
      client.say(...messages(flood, qos, deviceId))
      await owner.until(() => owner.slow.at(-1) === deviceId || client.closed)
      assert.equal(client.closed, false)
      if (flood > 8) await client.ended()
      else await connect(t, port, 'till-3')
      assert.deepEqual([client.closed, owner.heard.length], [flood > 8, 2])
    }
    assert.match(JSON.stringify(lines), /"deviceId":"till-2","code":"RATE_LIMITED"/)
  })
}

test('connecting anew does not make a device faster', async t => {
  const { owner, port } = await startBroker(t, { limits: { messages: { burst: 3, perSecond: NEVER } } })
  for (let round = 0; round < 4; round += 1) {
    const client = await RawClient.open(t, port)
    await client.login('till-1')
    client.say(...messages(3), { cmd: 'disconnect' })
    await client.ended()
    await owner.until(() => owner.present.at(-1) === 'till-1 off')
  }
  assert.equal(owner.heard.length, 3)
})

test('a device may answer everything it is told, however much that is', async t => {
  const { broker, owner, port } = await startBroker(t, { limits: { messages: { burst: 2, perSecond: NEVER } } })
  const client = await connect(t, port, 'till-1')
  client.on('message', () => {
    for (const _ of ['received', 'done']) client.publish('gw/v1/till-1/up/ack', '{}', { qos: 1 })
  })
  await client.subscribeAsync('gw/v1/till-1/down/#', { qos: 1 })
  for (let round = 1; round <= 40; round += 1) {
    await broker.send('till-1', 'down/payment', '{}')
    await owner.until(() => owner.heard.length === 2 * round)
  }
  assert.deepEqual(owner.slow, [])
})

test('subscribing over and over ends the link, named, and connecting anew does not help', async t => {
  const { owner, port } = await startBroker(t, { limits: { messages: { burst: 4, perSecond: NEVER }, waiting: 2 } })
  const subscriptions = [{ topic: 'gw/v1/till-1/down/#', qos: 1 as const }]
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  for (let messageId = 1; messageId <= 6; messageId += 1) {
    client.say({ cmd: 'subscribe', messageId, subscriptions })
    client.say({ cmd: 'unsubscribe', messageId, unsubscriptions: ['gw/v1/till-1/down/#'] })
  }
  await client.until(() => client.count('unsuback') === 6)
  assert.deepEqual([client.count('suback'), owner.reached.length], [6, 6])
  client.say({ cmd: 'subscribe', messageId: 7, subscriptions })
  await client.ended()
  const again = await RawClient.open(t, port)
  await again.login('till-1')
  again.say({ cmd: 'subscribe', messageId: 1, subscriptions })
  await again.ended()
  assert.deepEqual([again.count('suback'), owner.reached.length], [0, 6])
})

test('a link may have 3 QoS 2 messages unreleased, the fourth ends it', async t => {
  const { owner, port } = await startBroker(t, { limits: { unreleased: 3 } })
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  client.say(...[1, 2, 3].map(id => publishPacket(ORDER, id, '{}', 2)))
  await client.until(() => client.count('pubrec') === 3)
  client.say({ cmd: 'pubrel', messageId: 2 })
  await client.until(() => client.count('pubcomp') === 1)
  client.say(publishPacket(ORDER, 4, '{}', 2))
  await client.until(() => client.count('pubrec') === 4)
  client.say(publishPacket(ORDER, 5, '{}', 2))
  await client.ended()
  // It was heard, and will be said again: the gateway tells repetitions by their request or effect.
  assert.deepEqual([client.count('pubrec'), owner.heard.length], [4, 5])
})

test('a device may have 3 links; the fourth closes the oldest that does not hold down/', async t => {
  const { broker, port } = await startBroker(t, { limits: { links: 3 } })
  const clients = []
  for (const name of ['a', 'b', 'c']) clients.push(await connect(t, port, 'till-1', { clientId: `till-1.${name}` }))
  const [holder, oldest, third] = clients
  await holder?.subscribeAsync('gw/v1/till-1/down/#', { qos: 1 })
  assert.ok(clients.every(({ connected }) => connected))
  const closed = new Promise<void>(resolve => oldest?.once('close', () => resolve()))
  const fourth = await connect(t, port, 'till-1', { clientId: 'till-1.d' })
  await closed
  assert.deepEqual([holder?.connected, third?.connected, fourth.connected], [true, true, true])
  assert.equal(broker.reaches('till-1', 'down/order'), true)
})

test('connections of one address beyond its pace are closed at once, those it has stay', async t => {
  const { port } = await startBroker(t, { limits: { arrivals: { burst: 4, perSecond: NEVER } } })
  const clients = []
  for (const id of [1, 2, 3, 4]) clients.push(await connect(t, port, `till-${id}`))
  const fifth = await RawClient.open(t, port)
  await fifth.ended()
  for (const client of clients)
    await client.publishAsync(`${'gw/v1/'}${client.options.clientId}/up/status`, '{}', { qos: 1 })
})

test('a device that asks for no keepalive, or one of 18 hours, is cut when it is silent; one that speaks or pings is not', async t => {
  const { owner, port } = await startBroker(t, { limits: { keepalive: 0.2 } })
  const [none, huge, pinging, speaking] = await Promise.all([1, 2, 3, 4].map(() => RawClient.open(t, port)))
  assert.ok(none !== undefined && huge !== undefined && pinging !== undefined && speaking !== undefined)
  none.say(connectPacket('till-1', { keepalive: 0 }))
  huge.say(connectPacket('till-2', { keepalive: 65_535 }))
  pinging.say(connectPacket('till-3', { keepalive: 0 }))
  speaking.say(connectPacket('till-4', { keepalive: 0 }))
  const signs = setInterval(() => {
    pinging.say({ cmd: 'pingreq' })
    speaking.say(publishPacket('gw/v1/till-4/up/status', 1))
  }, 50)
  t.after(() => clearInterval(signs))
  await Promise.all([none.ended(), huge.ended()])
  await owner.until(() => owner.present.includes('till-1 off') && owner.present.includes('till-2 off'))
  assert.deepEqual([pinging.closed, speaking.closed], [false, false])
})

test('bytes that never become a packet are silence', async t => {
  const { port } = await startBroker(t, { limits: { keepalive: 0.2 } })
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  client.socket.write(Buffer.from([0x32, 0xff, 0x7f]))
  const bytes = setInterval(() => client.socket.write(Buffer.from([0])), 20)
  t.after(() => clearInterval(bytes))
  await client.ended()
})
