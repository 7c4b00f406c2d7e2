import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PacketMeter, PacketRefusedError } from '../../../gateway/broker/packet-meter.ts'

/** A packet of this type byte with a body of so many bytes. */
function packet(type: number, bodyBytes: number): Buffer {
  const header = [type]
  let rest = bodyBytes
  do {
    const more = rest >= 128
    header.push((rest % 128) + (more ? 128 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return Buffer.concat([Buffer.from(header), Buffer.alloc(bodyBytes, 0xff)])
}

/** Bytes read before the refusal, or all of them; and the reason. */
function feed(meter: PacketMeter, chunks: readonly Buffer[]): { refused?: string; stops: number[] } {
  const stops: number[] = []
  let before = 0
  try {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const packets = meter.packets
        at = meter.advance(chunk, at)
        if (meter.packets > packets) stops.push(before + at)
      }
      before += chunk.length
    }
  } catch (error) {
    assert.ok(error instanceof PacketRefusedError)
    return { refused: error.code, stops }
  }
  return { stops }
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const edges = [0, ...at.map(edge => edge % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
}

test('packets within the limit pass, however they are cut, and their ends are found', () => {
  const bodies = fc.array(fc.oneof(fc.nat(3), fc.integer({ min: 120, max: 4093 })), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(bodies, fc.array(fc.nat(), { maxLength: 20 }), fc.boolean(), (sizes, edges, byteByByte) => {
      const packets = sizes.map((size, index) => packet(index === 0 ? 0x10 : 0x30, size))
      const bytes = Buffer.concat(packets)
      const chunks = byteByByte ? [...bytes].map(byte => Buffer.from([byte])) : cut(bytes, edges)
      const ends = packets.map((_, index) => Buffer.concat(packets.slice(0, index + 1)).length)
      assert.deepEqual(feed(new PacketMeter(4096), chunks), { stops: ends })
    }),
    { numRuns: 60 },
  )
})

test('a packet over the limit is refused at its header, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 4094, max: 268_435_455 }),
      fc.array(fc.nat(), { maxLength: 10 }),
      (sizes, tooMuch, edges) => {
        const good = sizes.map((size, index) => packet(index === 0 ? 0x10 : 0x30, size))
        const header = packet(0x30, 0).subarray(0, 1)
        const length = packet(0x30, Math.min(tooMuch, 5_000_000)).subarray(1, 5)
        const fed = feed(new PacketMeter(4096), cut(Buffer.concat([...good, header, length]), edges))
        assert.deepEqual([fed.refused, fed.stops.length], ['PACKET_TOO_LARGE', good.length])
      },
    ),
    { numRuns: 30 },
  )
})

test('the limit counts the whole packet: 4096 bytes pass, 4097 do not; 64 KiB once it is raised', () => {
  const whole = (type: number, bytes: number) => packet(type, bytes - (bytes > 16_386 ? 4 : 3))
  assert.equal(whole(0x10, 4096).length, 4096)
  assert.deepEqual(feed(new PacketMeter(4096), [whole(0x10, 4096)]), { stops: [4096] })
  assert.equal(feed(new PacketMeter(4096), [whole(0x10, 4097).subarray(0, 3)]).refused, 'PACKET_TOO_LARGE')

  const meter = new PacketMeter(4096)
  feed(meter, [packet(0x10, 10)])
  meter.limit = 65_536
  assert.equal(whole(0x30, 65_536).length, 65_536)
  assert.deepEqual(feed(meter, [whole(0x30, 65_536)]), { stops: [65_536] })
  assert.equal(feed(meter, [whole(0x30, 65_537).subarray(0, 4)]).refused, 'PACKET_TOO_LARGE')
})

test('a remaining length that goes on after its fourth byte is refused there', () => {
  const meter = new PacketMeter(268_435_460)
  assert.equal(feed(meter, [Buffer.from([0x10, 0xff, 0xff, 0xff])]).refused, undefined)
  assert.equal(feed(meter, [Buffer.from([0xff])]).refused, 'LENGTH_MALFORMED')
})

test('the first packet has to be a CONNECT', () => {
  for (let first = 0; first < 256; first += 1) {
    const { refused } = feed(new PacketMeter(4096), [Buffer.from([first, 0])])
    assert.equal(refused, first === 0x10 ? undefined : 'CONNECT_EXPECTED')
  }
})
