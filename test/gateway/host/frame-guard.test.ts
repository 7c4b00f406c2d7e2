import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { generate, type Packet, parser } from 'mqtt-packet'
import { FrameGuard } from '../../../gateway/host/frame-guard.ts'
import { type Publish, readPublish } from '../../../gateway/mqtt/publish-packet.ts'

const CONNACK = Buffer.from([0x20, 2, 0, 0])

/** A PUBLISH whose remaining length is `remaining`. */
function publish(remaining: number, messageId = 1): Buffer {
  const payload = Buffer.alloc(remaining - 5, messageId)
  return generate({ cmd: 'publish', topic: 'a', payload, qos: 1, messageId, dup: false, retain: false })
}

interface Seen {
  readonly fault: string | undefined
  /** What is left for others to read. */
  readonly packets: readonly Packet[]
  readonly messages: readonly (Publish & { readonly cutFrom: number | null })[]
}

/** What a guard of this limit makes of a stream that comes in these pieces. */
function seen(limit: number, pieces: readonly Buffer[]): Seen {
  const packets: Packet[] = []
  const messages: (Publish & { cutFrom: number | null })[] = []
  const reading = parser({ protocolVersion: 4 })
  reading.on('packet', packet => packets.push(packet))
  const guard = new FrameGuard(limit, {
    pass: bytes => void reading.parse(bytes),
    message: (firstByte, body, cutFrom) =>
      messages.push({ ...(readPublish(firstByte, body, 4) ?? assert.fail('no PUBLISH')), cutFrom }),
  })
  const fault = pieces.map(piece => guard.take(piece)).at(-1)
  return { fault, packets, messages }
}

test('a message of exactly the limit is taken whole; of one byte more the first KiB is kept, and its size is told', () => {
  const [whole] = seen(262_144, [CONNACK, publish(262_144)]).messages
  assert.deepEqual([whole?.payload.length, whole?.cutFrom], [262_139, null])
  const cut = seen(262_144, [CONNACK, publish(20), publish(262_145, 7), publish(30, 8)])
  assert.equal(cut.fault, undefined)
  assert.deepEqual(
    cut.messages.map(({ topic, qos, messageId, payload, cutFrom }) => [topic, qos, messageId, payload.length, cutFrom]),
    [
      ['a', 1, 1, 15, null],
      ['a', 1, 7, 1024, 262_145],
      ['a', 1, 8, 25, null],
    ],
  )
})

test('any other packet beyond the limit is refused with both numbers, before its body has come', () => {
  const { fault } = seen(262_144, [Buffer.from([...CONNACK, 0x90, 0xff, 0xff, 0xff, 0x7f])])
  assert.match(fault ?? '', /packet of 268435455 bytes; at most 262144/)
})

test('however the stream is cut, messages and all other packets come out of it as they went in', () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 5, max: 2400 }), fc.constant(null)), { maxLength: 12 })
  fc.assert(
    fc.property(sizes, fc.array(fc.nat(60), { maxLength: 60 }), (remaining, cuts) => {
      const packets = remaining.map((size, at) =>
        size === null ? generate({ cmd: 'puback', messageId: at + 1 }) : publish(size, at + 1),
      )
      const stream = Buffer.concat([CONNACK, ...packets])
      let from = 0
      const pieces = [...cuts, stream.length].map(length => {
        from += length
        return stream.subarray(from - length, from)
      })
      const found = seen(1500, pieces)
      assert.equal(found.fault, undefined)
      const sent = [...remaining.entries()].map(([at, size]) => [at + 1, size] as const)
      assert.deepEqual(
        found.messages.map(({ messageId, payload, cutFrom }) => [messageId, payload.length, cutFrom]),
        sent.flatMap(([id, size]) => (size === null ? [] : [size > 1500 ? [id, 1024, size] : [id, size - 5, null]])),
      )
      assert.ok(found.messages.every(({ messageId, payload }) => payload.every(byte => byte === messageId)))
      assert.deepEqual(
        found.packets.map(({ cmd, messageId }) => (cmd === 'puback' ? messageId : cmd)),
        ['connack', ...sent.flatMap(([id, size]) => (size === null ? [id] : []))],
      )
    }),
  )
})

test('a cut message without acknowledgement keeps its flags, and one with an impossible topic is refused', () => {
  const payload = Buffer.alloc(400, 'x')
  const once = generate({ cmd: 'publish', topic: 'bc', payload, qos: 0, dup: false, retain: true })
  const [message] = seen(300, [CONNACK, once]).messages
  assert.deepEqual([message?.topic, message?.qos, message?.retained, message?.payload.length], ['bc', 0, true, 400])
  const broken = Buffer.concat([Buffer.from([0x32, 0x90, 0x03, 0xff, 0xff]), Buffer.alloc(398)])
  assert.match(seen(300, [CONNACK, broken]).fault ?? '', /topic is longer/)
})

test('a packet of no known type, with a body in two pieces, is left to others whole', () => {
  const bytes: Buffer[] = []
  const guard = new FrameGuard(300, { pass: passed => bytes.push(passed), message: () => assert.fail() })
  for (const piece of [CONNACK, Buffer.from([0x00, 3, 1]), Buffer.from([2, 3, 0xd0, 0])]) guard.take(piece)
  assert.deepEqual([...Buffer.concat(bytes)], [...CONNACK, 0x00, 3, 1, 2, 3, 0xd0, 0])
})

test('a remaining length of five bytes is refused', () => {
  const { fault } = seen(300, [Buffer.from([...CONNACK, 0x32, 0x80, 0x80, 0x80, 0x80, 0x01])])
  assert.match(fault ?? '', /length that MQTT does not allow/)
})

test('a first packet that is no CONNACK is named for what it is', () => {
  assert.match(seen(300, [Buffer.from([0x15, 3, 3, 0, 2])]).fault ?? '', /TLS port.*mqtts:\/\//)
  assert.match(seen(300, [Buffer.from('HTTP/1.1 400 Bad Request\r\n')]).fault ?? '', /HTTP/)
  assert.match(seen(300, [Buffer.from('220 mail.example ESMTP\r\n')]).fault ?? '', /did not answer in MQTT/)
})
