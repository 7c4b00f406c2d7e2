import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { MqttClient } from 'mqtt'
import { generate } from 'mqtt-packet'
import { DurableAck, type IntakeLimits } from '../../../gateway/host/durable-ack.ts'
import { GuardedStream } from '../../../gateway/host/guarded-stream.ts'
import { readPublish } from '../../../gateway/mqtt/publish-packet.ts'
import { Happenings } from '../../support/happenings.ts'
import { type Caller, ScriptedHost } from './support/scripted-host.ts'

const NO_LIMITS = { messages: 1_000_000, bytes: 1_000_000_000 }

/** What stands for the disk: each message waits until the test covers or refuses it. */
class Disk {
  readonly asked: { payload: string; bytes: number; cover: () => void; refuse: (error: Error) => void }[] = []
  readonly failures: unknown[] = []
  readonly lost: unknown[] = []
  readonly #happenings = new Happenings()

  message(_topic: string, payload: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.asked.push({ payload: Buffer.from(payload).toString(), bytes: payload.length, cover: resolve, refuse: reject })
    this.#happenings.happened()
    return promise
  }

  at(index: number) {
    const asked = this.asked[index]
    if (asked === undefined) throw new Error(`No message ${index}`)
    return asked
  }

  async untilAsked(count: number): Promise<void> {
    await this.#happenings.until(() => this.asked.length >= count, `${count} messages asked to be stored`)
  }

  async untilLost(): Promise<void> {
    await this.#happenings.until(() => this.lost.length > 0, 'a message reported as lost')
  }

  readonly happened = this.#happenings.happened
}

interface Bench {
  readonly host: Caller
  readonly disk: Disk
  readonly client: MqttClient
  readonly durable: DurableAck
}

/** A client beside the intake, as a connection has them, at a host that does only what the test says. */
async function bench(test: TestContext, limits: IntakeLimits = NO_LIMITS): Promise<Bench> {
  const server = await new ScriptedHost().listen()
  const disk = new Disk()
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  const stream = new GuardedStream(socket, 1_000_000, {
    fault: words => socket.destroy(new Error(words)),
    message: (firstByte, body, cutFrom) => durable.take(readPublish(firstByte, body, 4) ?? assert.fail(), cutFrom),
  })
  const client = new MqttClient(() => stream, { manualConnect: true, reconnectPeriod: 0, clientId: 'c', keepalive: 0 })
  const owner = {
    message: (topic: string, payload: Uint8Array) => disk.message(topic, payload),
    write: (bytes: Buffer) => stream.write(bytes),
    hold: () => stream.hold(),
    goOn: () => stream.release(),
    fail: (error: unknown) => {
      disk.failures.push(error)
      socket.destroy()
    },
    lost: (error: unknown) => {
      disk.lost.push(error)
      disk.happened()
    },
  }
  const durable = new DurableAck(owner, limits)
  client.on('error', () => {})
  test.after(async () => {
    socket.destroy()
    await server.close()
  })
  const connected = new Promise(resolve => client.once('connect', resolve))
  client.connect()
  await connected
  return { host: await server.caller(), disk, client, durable }
}

/** Resolves after two turns of the event loop, when all the gateway wrote until then has arrived at the host. */
async function settled({ host, client }: Bench): Promise<void> {
  for (let turn = 1; turn <= 2; turn += 1) {
    await new Promise(resolve => setImmediate(resolve))
    const pings = host.packets('pingreq').length
    client.sendPing()
    await host.untilReceived('pingreq', pings + 1)
  }
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

test('a hundred messages wait unacknowledged at once and are acknowledged when they are stored', async t => {
  const b = await bench(t)
  const { host, disk } = b
  for (const id of numbers(1, 100)) host.publish(id, `payment ${id}`)
  await disk.untilAsked(100)
  await settled(b)
  assert.deepEqual(host.acknowledged, [])
  for (const asked of disk.asked) asked.cover()
  await host.untilReceived('puback', 100)
  assert.deepEqual(host.acknowledged, numbers(1, 100))
  assert.deepEqual(
    disk.asked.map(asked => asked.payload),
    numbers(1, 100).map(id => `payment ${id}`),
  )
})

test('a message is acknowledged after it is stored, never before', async t => {
  const b = await bench(t)
  b.host.publish(1, 'one')
  b.host.publish(2, 'two')
  await b.disk.untilAsked(2)
  b.disk.at(0).cover()
  await b.host.untilReceived('puback')
  await settled(b)
  assert.deepEqual(b.host.acknowledged, [1])
  b.disk.at(1).cover()
  await b.host.untilReceived('puback', 2)
  assert.deepEqual(b.host.acknowledged, [1, 2])
})

test('acknowledgements leave in the order the messages came [MQTT-4.6.0-2]', async t => {
  const b = await bench(t)
  for (const id of [7, 3, 65_535, 256]) b.host.publish(id, 'x')
  await b.disk.untilAsked(4)
  for (const index of [3, 1, 2]) b.disk.at(index).cover()
  await settled(b)
  assert.deepEqual(b.host.acknowledged, [])
  b.disk.at(0).cover()
  await b.host.untilReceived('puback', 4)
  assert.deepEqual(b.host.acknowledged, [7, 3, 65_535, 256])
})

test('after a rejection nothing is acknowledged any more and the connection is to end', async t => {
  const b = await bench(t)
  for (const id of numbers(1, 5)) b.host.publish(id, 'x')
  await b.disk.untilAsked(5)
  b.disk.at(0).cover()
  await b.host.untilReceived('puback')
  const full = new Error('disk full')
  b.disk.at(2).refuse(full)
  for (const index of [1, 3, 4]) b.disk.at(index).cover()
  await b.host.untilClosed()
  assert.deepEqual(b.host.acknowledged, [1])
  assert.deepEqual(b.disk.failures, [full])
})

test('an owner that throws at once is taken like one that rejects', async t => {
  const b = await bench(t)
  b.disk.message = () => {
    throw new Error('no disk')
  }
  b.host.publish(1, 'x')
  await b.host.untilClosed()
  assert.deepEqual(b.host.acknowledged, [])
})

test('a QoS 0 message is stored, not acknowledged, and reported when it could not be stored', async t => {
  const b = await bench(t)
  b.host.publish(0, 'zero', { qos: 0 })
  b.host.publish(1, 'one')
  await b.disk.untilAsked(2)
  const full = new Error('disk full')
  b.disk.at(0).refuse(full)
  await b.disk.untilLost()
  b.disk.at(1).cover()
  await b.host.untilReceived('puback')
  assert.deepEqual(b.host.acknowledged, [1])
  assert.deepEqual(b.disk.lost, [full])
  assert.equal(b.host.closed, false)
})

test('a QoS 2 message from an old session is stored once, before PUBREC', async t => {
  const b = await bench(t)
  b.host.publish(9, 'two', { qos: 2 })
  await b.disk.untilAsked(1)
  await settled(b)
  assert.equal(b.host.packets('pubrec').length, 0)
  b.disk.at(0).cover()
  await b.host.untilReceived('pubrec')
  b.host.send({ cmd: 'pubrel', messageId: 9 })
  await b.host.untilReceived('pubcomp')
  assert.equal(b.disk.asked.length, 1)
})

test('at the limit of messages nothing more is read, and reading goes on when there is room', async t => {
  const b = await bench(t, { messages: 100, bytes: NO_LIMITS.bytes })
  for (const id of numbers(1, 100)) b.host.publish(id, 'x')
  await b.disk.untilAsked(100)
  assert.equal(b.durable.full, true)
  for (const id of numbers(101, 150)) b.host.publish(id, 'x')
  await settled(b)
  assert.equal(b.disk.asked.length, 100)
  b.disk.at(0).cover()
  await b.disk.untilAsked(101)
  for (let index = 1; index < 150; index += 1) {
    await b.disk.untilAsked(index + 1)
    b.disk.at(index).cover()
  }
  await b.host.untilReceived('puback', 150)
  assert.deepEqual(b.host.acknowledged, numbers(1, 150))
  assert.equal(b.durable.full, false)
})

test('at the limit of bytes nothing more is read, of whatever QoS', async t => {
  const b = await bench(t, { messages: NO_LIMITS.messages, bytes: 160_000 })
  const payload = Buffer.alloc(16_000)
  const send = (ids: readonly number[]): void => {
    for (const id of ids) b.host.publish(id, payload, id % 2 === 0 ? { qos: 0 } : {})
  }
  send(numbers(1, 10))
  await b.disk.untilAsked(10)
  assert.equal(b.durable.full, true)
  send(numbers(11, 30))
  await settled(b)
  assert.equal(b.disk.asked.length, 10)
  for (let index = 0; index < 30; index += 1) {
    await b.disk.untilAsked(index + 1)
    b.disk.at(index).cover()
  }
  await b.host.untilReceived('puback', 15)
})

test('what comes in one piece is taken whole, also beyond a limit, and answered', async t => {
  const b = await bench(t, { messages: 3, bytes: NO_LIMITS.bytes })
  const packets = numbers(1, 10).map(id =>
    generate({ cmd: 'publish', topic: 'a', qos: 1, dup: false, retain: false, messageId: id, payload: 'x' }),
  )
  b.host.write(Buffer.concat(packets))
  await b.disk.untilAsked(10)
  for (const asked of b.disk.asked) asked.cover()
  await b.host.untilReceived('puback', 10)
  b.host.publish(11, 'x')
  await b.disk.untilAsked(11)
})

test('idle resolves when everything taken in is acknowledged', async t => {
  const b = await bench(t)
  await b.durable.idle()
  b.host.publish(1, 'x')
  b.host.publish(2, 'y')
  await b.disk.untilAsked(2)
  let idle = false
  const wait = b.durable.idle().then(() => {
    idle = true
  })
  b.disk.at(1).cover()
  await settled(b)
  assert.equal(idle, false)
  b.disk.at(0).cover()
  await wait
  await b.host.untilReceived('puback', 2)
})

test('the client sees no message, so that it acknowledges none, and all other packets', async t => {
  const b = await bench(t)
  const seen: string[] = []
  b.client.on('packetreceive', ({ cmd }) => seen.push(cmd))
  const subscribed = b.client.subscribeAsync('vietqr/bdsd/T1', { qos: 1 })
  for (const qos of [0, 1, 2] as const) b.host.publish(qos, 'x', { qos })
  await subscribed
  await b.client.publishAsync('vietqr/request/T1', 'y', { qos: 1 })
  await b.disk.untilAsked(3)
  await settled(b)
  assert.deepEqual(
    seen.filter(cmd => cmd !== 'pingresp'),
    ['suback', 'puback'],
  )
  assert.deepEqual(
    b.host.received.filter(({ cmd }) => cmd === 'puback' || cmd === 'pubrec'),
    [],
  )
})
