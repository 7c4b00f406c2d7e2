import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { generate, type IPublishPacket } from 'mqtt-packet'
import { readPublish } from '../../../gateway/mqtt/publish-packet.ts'

/** The first byte of a packet, and what comes after its fixed header. */
function split(packet: Buffer): [firstByte: number, body: Buffer] {
  let at = 1
  while (((packet[at] ?? 0) & 0x80) !== 0) at += 1
  return [packet[0] ?? 0, packet.subarray(at + 1)]
}

const packets = fc.record({
  topic: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter(topic => !topic.includes('\0')),
  payload: fc.uint8Array({ maxLength: 300 }),
  qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
  retain: fc.boolean(),
  messageId: fc.integer({ min: 1, max: 65_535 }),
})

describe('a PUBLISH is read', () => {
  for (const version of [4, 5] as const) {
    it(`as MQTT ${version === 4 ? '3.1.1' : '5'} writes it, whatever is in it`, () => {
      fc.assert(
        fc.property(packets, fc.nat(400), ({ topic, payload, qos, retain, messageId }, filling) => {
          const packet: IPublishPacket = {
            cmd: 'publish',
            topic,
            payload: Buffer.from(payload),
            qos,
            retain,
            dup: false,
          }
          const properties = { messageExpiryInterval: 60, userProperties: { filling: 'x'.repeat(filling) } }
          const whole = { ...packet, messageId, ...(version === 5 ? { properties } : {}) }
          const read = readPublish(...split(generate(whole, { protocolVersion: version })), version)
          assert.deepEqual(
            { ...read, payload: [...(read?.payload ?? [])] },
            { topic, payload: [...payload], qos, retained: retain, messageId: qos === 0 ? 0 : messageId },
          )
        }),
      )
    })
  }

  const wrong: Readonly<Record<string, readonly [firstByte: number, body: readonly number[], version: 4 | 5]>> = {
    'both bits of QoS are set': [0x36, [0, 1, 97, 0, 1], 4],
    'it has no body': [0x30, [], 4],
    'its topic is empty': [0x30, [0, 0, 120], 4],
    'its topic goes beyond its end': [0x30, [0, 9, 97], 4],
    'its packet id is not whole': [0x32, [0, 1, 97, 0], 4],
    'its packet id is 0': [0x32, [0, 1, 97, 0, 0, 120], 4],
    'its properties go beyond its end': [0x30, [0, 1, 97, 9, 120], 5],
    'the length of its properties is not whole': [0x30, [0, 1, 97, 0x80], 5],
    'the length of its properties has five bytes': [0x30, [0, 1, 97, 0x80, 0x80, 0x80, 0x80, 1, 120], 5],
  }
  for (const [why, [firstByte, body, version]] of Object.entries(wrong)) {
    it(`and is none where ${why}`, () => {
      assert.equal(readPublish(firstByte, Buffer.from(body), version), null)
    })
  }
})
