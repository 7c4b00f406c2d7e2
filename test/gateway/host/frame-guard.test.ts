import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet'
import { FrameGuard } from '../../../gateway/host/frame-guard.ts'

const CONNACK = Buffer.from([0x20, 2, 0, 0])

/** A PUBLISH whose remaining length is `remaining`. */
function publish(remaining: number, messageId = 1): Buffer {
  const payload = Buffer.alloc(remaining - 5, messageId)
  return generate({ cmd: 'publish', topic: 'a', payload, qos: 1, messageId, dup: false, retain: false })
}

interface Seen {
  readonly fault: string | undefined
  readonly packets: readonly Packet[]
  /** Number among the messages, and size, of each that was cut. */
  readonly cut: readonly (readonly [number: number, bytes: number])[]
}

/** What is behind a guard of this limit when the stream comes in these pieces. */
function seen(limit: number, pieces: readonly Uint8Array[]): Seen {
  const packets: Packet[] = []
  const cut: [number, number][] = []
  const reading = parser({ protocolVersion: 4 })
  reading.on('packet', packet => packets.push(packet))
  const guard = new FrameGuard(limit, {
    pass: bytes => void reading.parse(Buffer.from(bytes)),
    cut: (number, bytes) => cut.push([number, bytes]),
  })
  const fault = pieces.map(piece => guard.take(piece)).at(-1)
  return { fault, packets, cut }
}

function messages({ packets }: Seen): readonly IPublishPacket[] {
  return packets.filter(packet => packet.cmd === 'publish')
}

test('a message of exactly the limit passes whole; of one byte more the first KiB passes, and its size is told', () => {
  const whole = seen(262_144, [CONNACK, publish(262_144)])
  assert.deepEqual(whole.cut, [])
  assert.equal(messages(whole)[0]?.payload.length, 262_139)
  const cut = seen(262_144, [CONNACK, publish(20), publish(262_145, 7), publish(30, 8)])
  assert.equal(cut.fault, undefined)
  assert.deepEqual(cut.cut, [[2, 262_145]])
  assert.deepEqual(
    messages(cut).map(({ topic, qos, messageId, payload }) => [topic, qos, messageId, payload.length]),
    [
      ['a', 1, 1, 15],
      ['a', 1, 7, 1024],
      ['a', 1, 8, 25],
    ],
  )
})

test('any other packet beyond the limit is refused with both numbers, before its body has come', () => {
  const { fault } = seen(262_144, [Buffer.from([...CONNACK, 0x90, 0xff, 0xff, 0xff, 0x7f])])
  assert.match(fault ?? '', /packet of 268435455 bytes; at most 262144/)
})

test('however the stream is cut, what passes is the same', () => {
  const sizes = fc.array(fc.integer({ min: 5, max: 2400 }), { maxLength: 12 })
  fc.assert(
    fc.property(sizes, fc.array(fc.nat(60), { maxLength: 60 }), (remaining, cuts) => {
      const stream = Buffer.concat([CONNACK, ...remaining.map((size, index) => publish(size, index + 1))])
      let from = 0
      const pieces = [...cuts, stream.length].map(length => {
        from += length
        return stream.subarray(from - length, from)
      })
      const { fault, cut, ...rest } = seen(1500, pieces)
      assert.equal(fault, undefined)
      const expected = remaining.map(size => (size > 1500 ? 1024 : size - 5))
      assert.deepEqual(
        messages({ fault, cut, ...rest }).map(({ messageId, payload }) => [messageId, payload.length]),
        expected.map((size, index) => [index + 1, size]),
      )
      const tooLarge = remaining.map((size, index) => [index + 1, size] as const).filter(([, size]) => size > 1500)
      assert.deepEqual(cut, tooLarge)
    }),
  )
})

test('a cut message without acknowledgement keeps its flags, and one with an impossible topic is refused', () => {
  const payload = Buffer.alloc(400, 'x')
  const once = generate({ cmd: 'publish', topic: 'bc', payload, qos: 0, dup: false, retain: true })
  const [message] = messages(seen(300, [CONNACK, once]))
  assert.deepEqual([message?.topic, message?.qos, message?.retain, message?.payload.length], ['bc', 0, true, 400])
  const broken = Buffer.concat([Buffer.from([0x32, 0x90, 0x03, 0xff, 0xff]), Buffer.alloc(398)])
  assert.match(seen(300, [CONNACK, broken]).fault ?? '', /topic is longer/)
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
