import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { generate } from 'mqtt-packet'
import { FrameGuard } from '../../../gateway/host/frame-guard.ts'

const CONNACK = Buffer.from([0x20, 2, 0, 0])

/** A PUBLISH whose remaining length is `remaining`. */
function publish(remaining: number): Buffer {
  const frame = generate({
    cmd: 'publish',
    topic: 'a',
    payload: Buffer.alloc(remaining - 5),
    qos: 1,
    messageId: 1,
    dup: false,
    retain: false,
  })
  return frame
}

test('a packet of exactly the limit passes, one byte more is refused with both numbers', () => {
  assert.equal(new FrameGuard(262_144).take(Buffer.concat([CONNACK, publish(262_144)])), undefined)
  const fault = new FrameGuard(262_144).take(Buffer.concat([CONNACK, publish(262_145)]))
  assert.match(fault ?? '', /announced a packet of 262145 bytes; at most 262144/)
})

test('a packet too large is refused by its announcement, before its body has come', () => {
  const fault = new FrameGuard(262_144).take(Buffer.from([...CONNACK, 0x32, 0xff, 0xff, 0xff, 0x7f]))
  assert.match(fault ?? '', /268435455 bytes/)
})

test('however the stream is cut, the verdict is the same', () => {
  const sizes = fc.array(fc.integer({ min: 5, max: 400 }), { maxLength: 12 })
  fc.assert(
    fc.property(sizes, fc.array(fc.nat(60), { maxLength: 60 }), (remaining, cuts) => {
      const stream = Buffer.concat([CONNACK, ...remaining.map(publish)])
      const guard = new FrameGuard(300)
      let from = 0
      let verdict: string | undefined
      for (const length of [...cuts, stream.length]) {
        verdict = guard.take(stream.subarray(from, from + length))
        from += length
      }
      const tooLarge = remaining.find(size => size > 300)
      if (tooLarge === undefined) assert.equal(verdict, undefined)
      else assert.match(verdict ?? '', new RegExp(`packet of ${tooLarge} bytes`))
    }),
  )
})

test('a remaining length of five bytes is refused', () => {
  const fault = new FrameGuard(300).take(Buffer.from([...CONNACK, 0x32, 0x80, 0x80, 0x80, 0x80, 0x01]))
  assert.match(fault ?? '', /length that MQTT does not allow/)
})

test('a first packet that is no CONNACK is named for what it is', () => {
  assert.match(new FrameGuard(300).take(Buffer.from([0x15, 3, 3, 0, 2])) ?? '', /TLS port.*mqtts:\/\//)
  assert.match(new FrameGuard(300).take(Buffer.from('HTTP/1.1 400 Bad Request\r\n')) ?? '', /HTTP/)
  assert.match(new FrameGuard(300).take(Buffer.from('220 mail.example ESMTP\r\n')) ?? '', /did not answer in MQTT/)
})
