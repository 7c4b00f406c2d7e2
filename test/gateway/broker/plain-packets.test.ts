import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { generate, type Packet } from 'mqtt-packet'
import { PlainPackets } from '../../../gateway/broker/plain-packets.ts'
import { publishPacket, RawClient, startBroker } from './support.ts'

const ORDER = 'gw/v1/till-1/up/order'

/** Packets that are not plain, each with why. */
const OTHERS: Readonly<Record<string, Packet>> = {
  'a ping': { cmd: 'pingreq' },
  'a subscription': { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'gw/v1/till-1/down/#', qos: 1 }] },
  'QoS 2': publishPacket(ORDER, 5, 'x', 2),
  'a release': { cmd: 'pubrel', messageId: 5 },
  'a goodbye': { cmd: 'disconnect' },
  'the topic of another': publishPacket('gw/v1/till-2/up/order', 5),
  'a way down': publishPacket('gw/v1/till-1/down/order', 5),
  'a topic of its own root': publishPacket('gw/v1/till-1/up/', 5),
}

interface Taken {
  readonly heard: string[]
  readonly written: string[]
  readonly ended: Error[]
}

function takerOf(hear: (text: string) => Promise<void> = async () => {}): Taken & { readonly plain: PlainPackets } {
  const taken: Taken = { heard: [], written: [], ended: [] }
  const plain = new PlainPackets({
    deviceId: 'till-1',
    hear: ({ path, payload, retained }) => {
      taken.heard.push(`${path} ${payload}${retained ? ' retained' : ''}`)
      return hear(payload.toString())
    },
    write: packet => taken.written.push(packet.toString('hex')),
    end: error => taken.ended.push(error),
  })
  return { ...taken, plain }
}

for (const [what, packet] of Object.entries(OTHERS)) {
  test(`${what} is left to the library, with all that comes behind it`, () => {
    const { plain, heard } = takerOf()
    const before = generate(publishPacket(ORDER, 1, 'before'))
    const bytes = Buffer.concat([before, generate(packet), generate(publishPacket(ORDER, 2, 'behind'))])
    assert.equal(plain.take(bytes), before.length)
    assert.deepEqual(heard, ['up/order before'])
  })
}

test('what does not keep to MQTT is left to the library', () => {
  const whole = generate(publishPacket(ORDER, 5, 'x'))
  const withoutId = Buffer.from(whole)
  withoutId.writeUInt16BE(0, 2 + 2 + ORDER.length)
  const broken: readonly Buffer[] = [
    withoutId,
    Buffer.from([0x38, 0x05, 0x00, 0x01, 0x61, 0x78, 0x78]),
    Buffer.from([0x36, 0x05, 0x00, 0x01, 0x61, 0x00, 0x01]),
    Buffer.from([0x32, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    Buffer.from([0x32, 0x02, 0x00, 0x09]),
    Buffer.from([0x40, 0x03, 0x00, 0x01, 0x00]),
    Buffer.from([0x41, 0x02, 0x00, 0x01]),
  ]
  for (const bytes of broken) {
    const { plain, heard } = takerOf()
    assert.equal(plain.take(bytes), 0, bytes.toString('hex'))
    assert.deepEqual(heard, [])
  }
})

const plainPackets = fc.oneof(
  fc.record({ cmd: fc.constant('puback' as const), messageId: fc.integer({ min: 1, max: 65_535 }) }),
  fc.record({
    cmd: fc.constant('publish' as const),
    topic: fc.constantFrom(ORDER, 'gw/v1/till-1/up/ack', 'gw/v1/till-1/up/không/có'),
    payload: fc.string({ unit: 'grapheme', maxLength: 300 }),
    qos: fc.constantFrom(0 as const, 1 as const),
    retain: fc.boolean(),
    dup: fc.constant(false),
    messageId: fc.integer({ min: 1, max: 65_535 }),
  }),
)

test('every whole plain packet is taken once, up to where the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(plainPackets, { maxLength: 12 }), fc.nat(4000), async (packets, cut) => {
      const { plain, heard, written } = takerOf()
      const pieces = packets.map(packet => generate(packet))
      const taken = plain.take(Buffer.concat(pieces).subarray(0, cut))
      let length = 0
      const whole = packets.filter((_, at) => {
        length += pieces[at]?.length ?? 0
        return length <= cut
      })
      assert.equal(
        taken,
        whole.reduce((sum, packet) => sum + generate(packet).length, 0),
      )
      const said = whole.flatMap(packet => (packet.cmd === 'publish' ? [packet] : []))
      const path = (topic: string): string => topic.slice('gw/v1/till-1/'.length)
      assert.deepEqual(
        heard,
        said.map(({ topic, payload, retain }) => `${path(topic)} ${payload}${retain ? ' retained' : ''}`),
      )
      await nextTurn()
      const asked = said.filter(({ qos }) => qos === 1)
      assert.deepEqual(
        written,
        asked.map(({ messageId }) => generate({ cmd: 'puback', messageId }).toString('hex')),
      )
    }),
  )
})

test('16 messages may wait for the owner, the next is left to the library; a rejection ends the link and answers nothing', async () => {
  const disk = Promise.withResolvers<void>()
  const { plain, heard, written, ended } = takerOf(text =>
    text === 'bad' ? Promise.reject(new Error('full')) : disk.promise,
  )
  for (let id = 1; id <= 17; id += 1) {
    const bytes = generate(publishPacket(ORDER, id, `${id}`))
    assert.equal(plain.take(bytes), id <= 16 ? bytes.length : 0)
  }
  disk.resolve()
  await nextTurn()
  assert.equal(written.length, 16)
  assert.ok(plain.take(generate(publishPacket(ORDER, 18, 'bad'))) > 0)
  await nextTurn()
  assert.equal(written.length, 16)
  assert.deepEqual([heard.length, ended.map(({ message }) => message)], [17, ['full']])
})

test('whichever way messages come in, they are heard in their order: whole, in pieces, at QoS 2, in one chunk or many', async t => {
  const { owner, port } = await startBroker(t)
  const first = Promise.withResolvers<void>()
  owner.commit = ({ text }) => (text === '1' ? first.promise : Promise.resolve())
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  const heardAll = (count: number) => owner.until(() => owner.heard.length === count)
  client.say(publishPacket(ORDER, 1, '1'))
  await heardAll(1)
  // While the first is not on disk, the others come in by turns past the library and through it.
  client.say(publishPacket(ORDER, 2, '2', 2), publishPacket(ORDER, 3, '3'))
  const [head, tail] = [generate(publishPacket(ORDER, 4, '4')), generate(publishPacket(ORDER, 5, '5'))]
  client.socket.write(head.subarray(0, 9))
  await new Promise(resolve => client.socket.write(head.subarray(9), resolve))
  client.socket.write(tail)
  client.say({ cmd: 'pingreq' }, publishPacket(ORDER, 6, '6'))
  first.resolve()
  await heardAll(6)
  assert.deepEqual(
    owner.heard.map(({ text }) => text),
    ['1', '2', '3', '4', '5', '6'],
  )
  await client.until(() => client.count('puback') === 5 && client.count('pubrec') === 1)
})

test('bytes inside a message are no packet, also where a piece of the stream begins with them', async t => {
  const { owner, port } = await startBroker(t)
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  const inner = generate(publishPacket(ORDER, 2, 'never said')).toString('latin1')
  const outer = generate(publishPacket(ORDER, 1, `about: ${inner}`))
  const cut = outer.length - inner.length
  client.socket.write(outer.subarray(0, cut))
  // The first piece is there when the broker has answered somebody who came after it.
  await (await RawClient.open(t, port)).login('till-2')
  client.socket.write(outer.subarray(cut))
  await client.until(() => client.count('puback') === 1)
  assert.deepEqual(
    owner.heard.map(({ text }) => text),
    [`about: ${inner}`],
  )
})
