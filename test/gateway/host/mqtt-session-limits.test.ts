import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generate } from 'mqtt-packet'
import { HandClock } from '../../support/hand-clock.ts'
import { settle } from '../../support/manual-clock.ts'
import { ScriptedHost } from './support/scripted-host.ts'
import { sessionFor } from './support/session.ts'

test('a host that stops answering is left after one and a half keepalives', async t => {
  await using host = await new ScriptedHost().listen()
  const clock = new HandClock()
  const { session, owner } = sessionFor(t, { url: host.url, keepaliveSeconds: 60 }, clock)
  await session.start()
  await owner.untilUp()
  const caller = await host.caller()
  caller.freeze()
  clock.advance(89_999)
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(session.up, true)
  clock.advance(1)
  await owner.untilDown()
  assert.match(owner.lastReason, /did not answer the keepalive/)
  assert.equal(session.up, false)
})

test('a host that answers the keepalive is kept', async t => {
  await using host = await new ScriptedHost().listen()
  const clock = new HandClock()
  const { session, owner } = sessionFor(t, { url: host.url, keepaliveSeconds: 60 }, clock)
  await session.start()
  await owner.untilUp()
  const caller = await host.caller()
  for (let ping = 1; ping <= 5; ping += 1) {
    clock.advance(60_000)
    await caller.untilReceived('pingreq', ping)
    // The answer to a message follows PINGRESP: when it is here, PINGRESP was handled.
    caller.publish(ping, 'x')
    await caller.untilReceived('puback', ping)
  }
  assert.equal(session.up, true)
})

test('a full intake is no silence of the host: the link is kept and everything is acknowledged later', async t => {
  await using host = await new ScriptedHost().listen()
  const clock = new HandClock()
  const { session, owner } = sessionFor(t, { url: host.url, keepaliveSeconds: 60 }, clock)
  const disk = Promise.withResolvers<void>()
  owner.store = () => disk.promise
  await session.start()
  await owner.untilUp()
  const caller = await host.caller()
  for (let id = 1; id <= 512; id += 1) caller.publish(id, 'x')
  await owner.untilMessages(512)
  for (let id = 513; id <= 600; id += 1) caller.publish(id, 'x')
  for (let half = 1; half <= 6; half += 1) {
    clock.advance(30_000)
    await caller.untilReceived('pingreq', half)
  }
  assert.equal(session.up, true)
  assert.equal(owner.messages.length, 512)
  disk.resolve()
  await caller.untilReceived('puback', 600)
  assert.equal(session.up, true)
})

test('a host that accepts the connection and then says nothing is left after the connect timeout', async t => {
  await using host = await new ScriptedHost().listen()
  host.manners.connack = undefined
  const clock = new HandClock()
  const { session, owner } = sessionFor(t, { url: host.url, connectTimeoutMs: 4_000 }, clock)
  await session.start()
  const caller = await host.caller()
  await caller.untilReceived('connect')
  clock.advance(4_000)
  await owner.untilDown()
  assert.match(owner.lastReason, /did not answer in time: the connection was not accepted within 4 s/)
})

test('a host that does not answer a subscription is left after the same time', async t => {
  await using host = await new ScriptedHost().listen()
  host.manners.grant = undefined
  const clock = new HandClock()
  const { session, owner } = sessionFor(t, { url: host.url, connectTimeoutMs: 4_000 }, clock)
  await session.setSubscriptions(['a'])
  await session.start()
  const caller = await host.caller()
  await caller.untilReceived('subscribe')
  clock.advance(4_000)
  await owner.untilDown()
  assert.match(owner.lastReason, /SUBACK did not come within 4 s/)
})

test('time in which our own intake is full does not count against the host', async t => {
  await using host = await new ScriptedHost().listen()
  host.manners.grant = undefined
  const clock = new HandClock()
  const { session, owner } = sessionFor(t, { url: host.url, clean: false, connectTimeoutMs: 4_000 }, clock)
  const disk = Promise.withResolvers<void>()
  owner.store = () => disk.promise
  await session.setSubscriptions(['a'])
  await session.start()
  const caller = await host.caller()
  await caller.untilReceived('subscribe')
  for (let id = 1; id <= 512; id += 1) caller.publish(id, 'x')
  caller.send({ cmd: 'suback', messageId: caller.packets('subscribe')[0]?.messageId ?? 0, granted: [1] })
  await owner.untilMessages(512)
  clock.advance(12_000)
  disk.resolve()
  await owner.untilUp()
})

test('a large message that comes slowly is no silence of the host', async t => {
  await using host = await new ScriptedHost().listen()
  const clock = new HandClock()
  const { session, owner } = sessionFor(t, { url: host.url, keepaliveSeconds: 60 }, clock)
  await session.start()
  await owner.untilUp()
  const caller = await host.caller()
  const large = generate({
    cmd: 'publish',
    topic: 'a',
    payload: Buffer.alloc(5 * 1024 * 1024, 'x'),
    qos: 1,
    messageId: 77,
    dup: false,
    retain: false,
  })
  // A host cannot answer a ping in the middle of a packet.
  host.manners.pingresp = false
  const pieces = 5
  for (let piece = 0; piece < pieces; piece += 1) {
    const from = Math.floor((large.length * piece) / pieces)
    caller.write(large.subarray(from, Math.floor((large.length * (piece + 1)) / pieces)))
    if (piece === pieces - 1) break
    // One piece that is not read in time does not matter: only ninety seconds without any would.
    await settle()
    clock.advance(30_000)
    await caller.untilReceived('pingreq', piece + 1)
  }
  await caller.untilReceived('puback', 1)
  assert.deepEqual(owner.changes, ['up'])
  const [message] = owner.messages
  assert.deepEqual([message?.topic, message?.payload.length, message?.cutFrom], ['a', 1024, 5 * 1024 * 1024 + 5])
})

test('a packet other than a message, announced larger than 4 MiB, ends the connection with the reason in words', async t => {
  await using host = await new ScriptedHost().listen()
  const { session, owner } = sessionFor(t, { url: host.url })
  await session.start()
  await owner.untilUp()
  const caller = await host.caller()
  caller.write(Buffer.from([0x90, 0x81, 0x80, 0x80, 0x02]))
  await caller.untilClosed()
  await owner.untilDown()
  assert.match(owner.lastReason, /packet of 4194305 bytes; at most 4194304/)
})

test('bytes that are no MQTT end the connection', async t => {
  await using host = await new ScriptedHost().listen()
  const { session, owner } = sessionFor(t, { url: host.url })
  await session.start()
  await owner.untilUp()
  const caller = await host.caller()
  caller.write(Buffer.from([0xf7, 1, 0]))
  await caller.untilClosed()
  await owner.untilDown()
})
