import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { NotReachableError } from '../../../gateway/broker/device-bus.ts'
import { connect, connectPacket, next, publishPacket, RawClient, received, startBroker } from './support.ts'

const MEGABYTE = 1024 * 1024

/** The first bytes of a PUBLISH of so many bytes, without its body. */
function announcement(bytes: number): Buffer {
  return mqttPacket.generate(publishPacket('gw/v1/till-1/up/order', 1, 'x'.repeat(bytes))).subarray(0, 30)
}

test('a packet of 1 MB ends its connection when it is announced, before and after the login, and no other', async t => {
  const { owner, port } = await startBroker(t)
  const other = await connect(t, port, 'till-2')
  const before = await RawClient.open(t, port)
  before.socket.write(Buffer.from([0x10, 0x80, 0x80, 0x40]))
  await before.ended()
  const after = await RawClient.open(t, port)
  await after.login('till-1')
  after.socket.write(announcement(MEGABYTE))
  await after.ended()
  assert.deepEqual([before.packets.length, after.packets.length, owner.heard], [0, 1, []])
  await other.publishAsync('gw/v1/till-2/up/status', '{}', { qos: 1 })
})

test('a CONNECT of 4096 bytes is read, of 4097 is not; a PUBLISH of 64 KiB is, of one byte more is not', async t => {
  const { owner, port } = await startBroker(t)
  const spare = 4096 - mqttPacket.generate(connectPacket('till-1', { clientId: `till-1.${'x'.repeat(1000)}` })).length
  for (const [more, packets] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const client = await RawClient.open(t, port)
    client.say(connectPacket('till-1', { clientId: `till-1.${'x'.repeat(1000 + spare + more)}` }))
    await client.until(() => client.closed || client.packets.length > 0)
    assert.equal(client.packets.length, packets)
  }
  const room = 65_536 - mqttPacket.generate(publishPacket('gw/v1/till-1/up/order', 1, 'x'.repeat(60_000))).length
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  client.say(publishPacket('gw/v1/till-1/up/order', 1, 'x'.repeat(60_000 + room)))
  await client.until(() => client.count('puback') === 1)
  client.say(publishPacket('gw/v1/till-1/up/order', 2, 'x'.repeat(60_001 + room)))
  await client.ended()
  assert.equal(owner.heard.length, 1)
})

test('packets cut anywhere, byte by byte or many in one piece, are all heard in order', async t => {
  const { owner, port } = await startBroker(t)
  const sizes = fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(fc.nat(20_000), { maxLength: 30 }), async (texts, edges) => {
      owner.heard.length = 0
      const client = await RawClient.open(t, port)
      const packets = texts.map((size, index) => publishPacket('gw/v1/till-1/up/order', index + 1, 'y'.repeat(size)))
      const bytes = Buffer.concat([connectPacket('till-1'), ...packets].map(packet => mqttPacket.generate(packet)))
      let from = 0
      for (const edge of [...edges.sort((a, b) => a - b), bytes.length]) {
        const to = Math.min(edge, bytes.length)
        if (to > from) client.socket.write(bytes.subarray(from, to))
        from = Math.max(from, to)
        await new Promise(setImmediate)
      }
      await client.until(() => client.closed || client.count('puback') === texts.length)
      assert.deepEqual(
        owner.heard.map(({ text }) => text.length),
        texts,
      )
      client.socket.destroy()
    }),
    { numRuns: 25 },
  )
})

test('whatever bytes arrive, other links go on', async t => {
  const { port } = await startBroker(t)
  const other = await connect(t, port, 'till-2')
  const type = fc.integer({ min: 0, max: 15 })
  const packet = fc.tuple(type, fc.nat(15), fc.uint8Array({ maxLength: 40 })).map(([kind, flags, body]) => {
    return Buffer.concat([Buffer.from([kind * 16 + flags, body.length]), body])
  })
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { maxLength: 4 }), fc.boolean(), async (packets, loggedIn) => {
      const client = await RawClient.open(t, port)
      if (loggedIn) await client.login('till-1')
      client.socket.end(Buffer.concat(loggedIn ? packets : [Buffer.from([0x10, 0x10]), ...packets]))
      await client.ended()
    }),
    { numRuns: 150 },
  )
  await other.publishAsync('gw/v1/till-2/up/status', '{}', { qos: 1 })
})

test('a socket that says nothing, or a byte at a time, is cut at the login deadline', async t => {
  const { port } = await startBroker(t, { limits: { loginTimeout: 150 } })
  const silent = await RawClient.open(t, port)
  const dripping = await RawClient.open(t, port)
  const bytes = mqttPacket.generate(connectPacket('till-1'))
  let at = 0
  const drip = setInterval(() => dripping.socket.write(bytes.subarray(at, ++at)), 20)
  t.after(() => clearInterval(drip))
  const quick = await connect(t, port, 'till-2')
  await Promise.all([silent.ended(), dripping.ended()])
  await quick.publishAsync('gw/v1/till-2/up/status', '{}', { qos: 1 })
})

test('a login the owner never answers is cut at the login deadline', async t => {
  const { owner, port } = await startBroker(t, { limits: { loginTimeout: 100 } })
  owner.authenticate = () => new Promise(() => undefined)
  const client = await RawClient.open(t, port)
  client.say(connectPacket('till-1'))
  await client.ended()
  assert.deepEqual(client.packets, [])
})

test('of too many sockets without a login the oldest is closed; those with one are not counted', async t => {
  const { port } = await startBroker(t, { limits: { strangers: 3 } })
  const clients = []
  for (const id of [1, 2, 3, 4]) clients.push(await connect(t, port, `till-${id}`))
  const strangers = []
  for (const _ of [1, 2, 3]) strangers.push(await RawClient.open(t, port))
  const fifth = await connect(t, port, 'till-5')
  await strangers[0]?.ended()
  assert.deepEqual(
    strangers.map(({ closed }) => closed),
    [true, false, false],
  )
  await RawClient.open(t, port)
  for (const client of [...clients, fifth]) {
    await client.publishAsync(`gw/v1/${client.options.clientId}/up/status`, '{}', { qos: 1 })
  }
  assert.equal(strangers[1]?.closed, false)
})

// Only Linux has all of 127.0.0.0/8 without being asked.
const skip = process.platform === 'linux' ? false : 'needs several loopback addresses'

test('whoever opens sockets without end closes his own, not those of another address', { skip }, async t => {
  const { port } = await startBroker(t, { limits: { strangers: 4 } })
  const from = async (localAddress: string) => {
    const socket = net.connect({ host: '127.0.0.1', port, localAddress })
    return RawClient.over(t, socket, 'connect')
  }
  const honest = await from('127.0.0.2')
  const flood = []
  for (let count = 0; count < 8; count += 1) flood.push(await from('127.0.0.3'))
  for (const cut of flood.slice(0, 5)) await cut.ended()
  await honest.login('till-1')
  assert.deepEqual([honest.closed, flood.filter(({ closed }) => !closed).length], [false, 3])
})

test('fifty devices connect from one address at once, speak and are spoken to', async t => {
  const { broker, owner, port } = await startBroker(t)
  const names = Array.from({ length: 50 }, (_, index) => `till-${index}`)
  const clients = await Promise.all(
    names.map(async deviceId => {
      const client = await connect(t, port, deviceId)
      await client.subscribeAsync(`gw/v1/${deviceId}/down/#`, { qos: 1 })
      const message = next(client, 'message')
      await client.publishAsync(`gw/v1/${deviceId}/up/status`, '{}', { qos: 1 })
      await broker.send(deviceId, 'down/order', '{}')
      await message
      return client
    }),
  )
  assert.deepEqual([clients.every(({ connected }) => connected), owner.heard.length], [true, 50])
})

test('a subscriber that stopped reading delays nobody and is cut', async t => {
  const { broker, owner, port } = await startBroker(t)
  const frozen = await RawClient.open(t, port)
  await frozen.login('till-1')
  frozen.say({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'gw/v1/till-1/down/#', qos: 1 }] })
  await owner.until(() => owner.reached.length === 1)
  frozen.socket.pause()
  const healthy = await connect(t, port, 'till-2')
  await healthy.subscribeAsync('gw/v1/till-2/down/#', { qos: 1 })
  const inbox = received(healthy)

  const big = 'z'.repeat(60_000)
  let rejected = 0
  for (let round = 0; broker.reaches('till-1', 'down/order') && round < 2_000; round += 1) {
    broker.send('till-1', 'down/order', big).catch(error => {
      assert.ok(error instanceof NotReachableError)
      rejected += 1
    })
    if (round % 20 > 0) continue
    const arrived = next(healthy, 'message')
    await broker.send('till-2', 'down/order', String(round))
    await arrived
  }
  await owner.until(() => owner.present.includes('till-1 off'))
  await assert.rejects(broker.send('till-1', 'down/order', '{}'), NotReachableError)
  // How many rounds it takes to fill the frozen link's buffers is the kernel's business.
  assert.ok(rejected > 0 && inbox.length > 0, `${rejected} rejected, ${inbox.length} arrived elsewhere`)
  await healthy.publishAsync('gw/v1/till-2/up/status', '{}', { qos: 1 })
})

test('one message to a device that stopped reading is given up after the drain time', async t => {
  const { broker, owner, port } = await startBroker(t, { limits: { drainTimeout: 100 } })
  const frozen = await RawClient.open(t, port)
  await frozen.login('till-1')
  frozen.say({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'gw/v1/till-1/down/#', qos: 1 }] })
  await owner.until(() => owner.reached.length === 1)
  frozen.socket.pause()
  const flood = async () => {
    for (;;) await broker.send('till-1', 'down/order', 'z'.repeat(64_000))
  }
  await assert.rejects(flood(), NotReachableError)
  await owner.until(() => owner.present.includes('till-1 off'))
})
