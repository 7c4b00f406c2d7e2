/**
 * What clients of MQTT 3.1.1 expect of any broker, in the order of the usual interoperability suites. Where this broker does
 * otherwise on purpose, the name of the test says so: it serves devices of one shop, whose messages are owed by a ledger.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import mqttPacket, { type QoS } from 'mqtt-packet'
import { NotReachableError } from '../../../gateway/broker/device-bus.ts'
import { connectPacket, publishPacket, RawClient, startBroker } from '../../gateway/broker/support.ts'
import { type Visit, Visitor } from './visitor.ts'

const DOWN = 'gw/v1/till-1/down'
const UP = 'gw/v1/till-1/up'
const LEVELS: readonly QoS[] = [0, 1, 2]

async function scene(t: TestContext) {
  const started = await startBroker(t)
  const visit = (more: Partial<Visit> = {}): Visit => {
    return { clientId: 'till-1', username: 'till-1', password: 'pw-till-1', ...more }
  }
  const enter = async (more: Partial<Visit> = {}): Promise<Visitor> => {
    const visitor = await Visitor.enter(started.port, visit(more))
    t.after(() => visitor.vanish())
    return visitor
  }
  const texts = (): string[] => started.owner.heard.map(({ text }) => text)
  return { ...started, enter, texts }
}

function subjects(visitor: Visitor): string[] {
  return visitor.received.map(({ topic, text }) => `${topic.slice(DOWN.length + 1)} ${text}`)
}

test('basic: messages of each QoS go up once and in order, and come down at QoS 1 at most', async t => {
  const { broker, enter, owner, texts } = await scene(t)
  const visitor = await enter()
  for (const qos of LEVELS) assert.equal(await visitor.publish(`${UP}/status`, `at ${qos}`, qos), 'taken')
  await owner.until(() => owner.heard.length === 3)
  assert.deepEqual(texts(), ['at 0', 'at 1', 'at 2'])
  for (const qos of LEVELS) await visitor.subscribe({ topic: `${DOWN}/${qos}`, qos })
  for (const qos of LEVELS) await broker.send('till-1', `down/${qos}`, 'x')
  await visitor.until(() => visitor.received.length === 3)
  assert.deepEqual(
    visitor.received.map(({ qos, dup, retained }) => [qos, dup, retained]),
    [
      [0, false, false],
      [1, false, false],
      [1, false, false],
    ],
  )
})

test('basic: a second CONNECT on one connection ends it', async t => {
  const { enter } = await scene(t)
  const visitor = await enter()
  visitor.say(connectPacket('till-1'))
  await visitor.until(() => visitor.closed)
  assert.equal(visitor.count('connack'), 1)
})

test('retained: the gateway is told, and on purpose nobody finds a retained message, not even an empty one', async t => {
  const { enter, owner, texts } = await scene(t)
  const visitor = await enter()
  for (const qos of LEVELS) await visitor.publish(`${UP}/status`, `at ${qos}`, qos, true)
  await visitor.publish(`${UP}/status`, '', 1, true)
  await owner.until(() => owner.heard.length === 4)
  assert.deepEqual([texts(), owner.heard.every(({ retained }) => retained)], [['at 0', 'at 1', 'at 2', ''], true])
  const later = await enter({ clientId: 'till-1.later' })
  await later.subscribe(`${DOWN}/#`)
  await later.ping()
  assert.deepEqual(later.received, [])
})

test('offline: on purpose no message waits in the broker, whatever session a device asks for', async t => {
  const { broker, enter, owner } = await scene(t)
  const before = await enter({ clean: false })
  await before.subscribe(`${DOWN}/#`)
  await before.leave()
  await owner.until(() => owner.present.includes('till-1 off'))
  await assert.rejects(broker.send('till-1', 'down/announce', 'while away'), NotReachableError)
  const after = await enter({ clean: false })
  const [connack] = after.packets
  assert.equal(connack?.cmd === 'connack' && connack.sessionPresent, false)
  await after.subscribe(`${DOWN}/#`)
  await broker.send('till-1', 'down/announce', 'back')
  await after.until(() => after.received.length > 0)
  assert.deepEqual(subjects(after), ['announce back'])
})

test('overlapping subscriptions: one message arrives once, at the best QoS granted', async t => {
  const { broker, enter } = await scene(t)
  const visitor = await enter()
  await visitor.subscribe(
    { topic: `${DOWN}/#`, qos: 0 },
    { topic: `${DOWN}/+`, qos: 2 },
    { topic: `${DOWN}/order`, qos: 1 },
  )
  await broker.send('till-1', 'down/order', 'one')
  await broker.send('till-1', 'down/a/b', 'two')
  await visitor.until(() => visitor.received.length >= 2)
  await visitor.ping()
  assert.deepEqual(
    visitor.received.map(({ text, qos }) => [text, qos]),
    [
      ['one', 1],
      ['two', 0],
    ],
  )
})

test('keepalive: who is silent for one and a half times of it is cut, and its will is told; who pings stays', async t => {
  const { enter, owner, texts } = await scene(t)
  const will = { topic: `${UP}/status`, text: 'lost' }
  const silent = await enter({ keepalive: 1, will })
  const pinging = await enter({ keepalive: 1, clientId: 'till-1.b' })
  const pings = setInterval(() => pinging.say({ cmd: 'pingreq' }), 300)
  t.after(() => clearInterval(pings))
  await silent.until(() => silent.closed)
  await owner.until(() => owner.heard.length === 1)
  assert.deepEqual([texts(), pinging.closed], [['lost'], false])
})

test('redelivery: on purpose the broker repeats nothing on a new connection; what was not answered is said again by its id', async t => {
  const { broker, enter } = await scene(t)
  const first = await enter({ clean: false, mute: true })
  await first.subscribe(`${DOWN}/#`)
  await broker.send('till-1', 'down/vend', 'not acknowledged')
  await first.until(() => first.received.length === 1)
  await first.vanish()
  const second = await enter({ clean: false })
  await second.subscribe(`${DOWN}/#`)
  await second.ping()
  assert.deepEqual(second.received, [])
})

test('redelivery: a QoS 2 message said again before its release counts once, and after it as another', async t => {
  const { owner, port } = await scene(t)
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  const message = publishPacket(`${UP}/order`, 7, '{}', 2)
  for (const times of [1, 2]) {
    client.say(message)
    await client.until(() => client.count('pubrec') === times)
  }
  assert.equal(owner.heard.length, 1)
  client.say({ cmd: 'pubrel', messageId: 7 })
  await client.until(() => client.count('pubcomp') === 1)
  client.say(message)
  await client.until(() => client.count('pubrec') === 3)
  assert.equal(owner.heard.length, 2)
})

test('$ topics: they are out of reach, by name and by wildcard', async t => {
  const { enter, owner } = await scene(t)
  const visitor = await enter()
  assert.deepEqual(
    await visitor.subscribe('$SYS/#', '$SYS/broker/clients', '+/broker/#', '#', '$share/g/#'),
    [128, 128, 128, 128, 128],
  )
  assert.equal(await visitor.publish('$SYS/broker/x', '{}'), 'ended')
  assert.deepEqual(owner.heard, [])
})

test('unsubscribe: what is given up comes no more, the rest does; what never was is given up too', async t => {
  const { broker, enter } = await scene(t)
  const visitor = await enter()
  await visitor.subscribe(`${DOWN}/order`, `${DOWN}/payment`, `${DOWN}/link`)
  await visitor.unsubscribe(`${DOWN}/order`, `${DOWN}/never`)
  await assert.rejects(broker.send('till-1', 'down/order', 'x'), NotReachableError)
  await broker.send('till-1', 'down/payment', 'x')
  await broker.send('till-1', 'down/link', 'x')
  await visitor.until(() => visitor.received.length === 2)
  assert.deepEqual(subjects(visitor), ['payment x', 'link x'])
})

test('will: told once when the device vanishes, at any QoS, and void when it says goodbye', async t => {
  const { enter, owner, texts } = await scene(t)
  for (const qos of LEVELS) {
    const visitor = await enter({ will: { topic: `${UP}/status`, text: `lost ${qos}`, qos } })
    await visitor.vanish()
    await owner.until(() => owner.heard.length === qos + 1)
  }
  const polite = await enter({ will: { topic: `${UP}/status`, text: 'never' } })
  await polite.leave()
  await owner.until(() => owner.present.filter(news => news === 'till-1 off').length === 4)
  assert.deepEqual(texts(), ['lost 0', 'lost 1', 'lost 2'])
})

test('an empty client id is refused: on purpose no name is made up for a device', async t => {
  const { port } = await scene(t)
  for (const clean of [true, false]) {
    const client = await RawClient.open(t, port)
    const bytes = mqttPacket.generate(connectPacket('till-1', { clientId: '' }))
    // Byte 9 holds the flags of a CONNECT; 2 asks for a clean session.
    if (!clean) bytes.writeUInt8(bytes.readUInt8(9) & ~2, 9)
    client.socket.write(bytes)
    await client.ended()
    const [connack] = client.packets
    assert.equal(connack?.cmd === 'connack' && connack.returnCode, 2)
  }
})

test('a list of subscriptions is answered in its order, what is refused beside what is granted', async t => {
  const { enter } = await scene(t)
  const visitor = await enter()
  const granted = await visitor.subscribe(
    { topic: `${DOWN}/a`, qos: 0 },
    'gw/v1/till-2/down/#',
    { topic: `${DOWN}/b`, qos: 1 },
    `${UP}/#`,
    { topic: `${DOWN}/c`, qos: 2 },
  )
  assert.deepEqual(granted, [0, 128, 1, 128, 2])
})
