/**
 * What clients of MQTT 3.1.1 meet at Mosquitto with the gateway behind it. Where that differs from the embedded broker, the name
 * of the behaviour says so.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { QoS } from 'mqtt-packet'
import { NotReachableError } from '../../../gateway/broker/device-bus.ts'
import { shopMosquitto } from '../../gateway/broker/shop-mosquitto.ts'
import { connectPacket, publishPacket, RawClient } from '../../gateway/broker/support.ts'
import { needsMosquitto } from '../../support/needs.ts'
import { type Visit, Visitor } from './visitor.ts'

const LEVELS: readonly QoS[] = [0, 1, 2]
/** Each has a device of its own: Mosquitto gives a device one link. */
const SOME = ['basic', 'twice', 'retained', 'offline', 'overlap', 'silent', 'pinging'] as const
const MORE = ['again', 'release', 'system', 'unsub', 'will'] as const
const DEVICES = [...SOME, ...MORE]

type DeviceId = (typeof DEVICES)[number]

test('MQTT 3.1.1 at Mosquitto', { skip: needsMosquitto() }, async t => {
  const shop = await shopMosquitto(t, DEVICES)
  const { bus, owner } = shop.gateway()
  await bus.start()
  const { port } = shop.mosquitto

  const enter = async (deviceId: DeviceId, more: Partial<Visit> = {}): Promise<Visitor> => {
    const visitor = await Visitor.enter(port, {
      clientId: deviceId,
      username: deviceId,
      password: `pw-${deviceId}`,
      ...more,
    })
    t.after(() => visitor.vanish())
    return visitor
  }
  const up = (deviceId: DeviceId): string => `gw/v1/${deviceId}/up/status`
  const down = (deviceId: DeviceId, rest: string): string => `gw/v1/${deviceId}/down/${rest}`
  const heard = (deviceId: DeviceId): string[] =>
    owner.heard.filter(message => message.deviceId === deviceId).map(({ text }) => text)
  const send = async (deviceId: DeviceId, path: string, text: string): Promise<void> => {
    await owner.until(() => bus.reaches(deviceId, path))
    await bus.send(deviceId, path, text)
  }
  const behaviours: Promise<void>[] = []
  const behaviour = (name: string, run: (inner: TestContext) => Promise<void>): void => {
    behaviours.push(t.test(name, run))
  }

  const first = await enter('basic')
  const call = setInterval(() => void first.publish(up('basic'), 'here'), 20)
  await owner.until(() => bus.trouble === null && heard('basic').length > 0).finally(() => clearInterval(call))

  behaviour('basic: messages of each QoS go up once and in order, and come down at QoS 1 at most', async () => {
    const said = (): string[] => heard('basic').filter(text => text !== 'here')
    for (const qos of LEVELS) assert.equal(await first.publish(up('basic'), `at ${qos}`, qos), 'taken')
    await owner.until(() => said().length === 3)
    assert.deepEqual(said(), ['at 0', 'at 1', 'at 2'])
    const paths = ['order', 'payment', 'announce']
    for (const qos of LEVELS) await first.subscribe({ topic: down('basic', paths[qos] ?? ''), qos })
    for (const path of paths) await send('basic', `down/${path}`, path)
    await first.until(() => first.received.length === 3)
    assert.deepEqual(
      first.received.map(({ text, qos, retained }) => [text, qos, retained]),
      [
        ['order', 0, false],
        ['payment', 1, false],
        ['announce', 1, false],
      ],
    )
  })

  behaviour('basic: a second CONNECT on one connection ends it', async () => {
    const visitor = await enter('twice')
    visitor.say(connectPacket('twice'))
    await visitor.until(() => visitor.closed)
    assert.equal(visitor.count('connack'), 1)
  })

  behaviour(
    'retained: the gateway is told, and no device finds a retained message of its own or of the gateway',
    async () => {
      const visitor = await enter('retained')
      for (const qos of LEVELS) await visitor.publish(up('retained'), `at ${qos}`, qos, true)
      await visitor.subscribe(down('retained', '#'))
      await send('retained', 'down/announce', 'once')
      await visitor.until(() => visitor.received.length === 1)
      await visitor.leave()
      assert.deepEqual(heard('retained'), ['at 0', 'at 1', 'at 2'])
      const later = await enter('retained')
      await later.subscribe(down('retained', '#'), up('retained'), '#')
      await later.ping()
      assert.deepEqual(later.received, [])
    },
  )

  behaviour(
    'offline: unlike the embedded broker, a session is kept; the gateway puts nothing into it while it is away',
    async () => {
      const before = await enter('offline', { clean: false })
      await before.subscribe(down('offline', '#'))
      await send('offline', 'down/announce', 'here')
      await before.until(() => before.received.length === 1)
      await before.leave()
      await owner.until(() => owner.present.includes('offline off'))
      await assert.rejects(bus.send('offline', 'down/announce', 'while away'), NotReachableError)
      const after = await enter('offline', { clean: false })
      const [connack] = after.packets
      assert.equal(connack?.cmd === 'connack' && connack.sessionPresent, true)
      await send('offline', 'down/announce', 'back')
      await after.until(() => after.received.length > 0)
      assert.deepEqual(texts(after), ['back'])
    },
  )

  behaviour('overlapping subscriptions: one message arrives once', async () => {
    const visitor = await enter('overlap')
    const filters = [down('overlap', '#'), down('overlap', '+'), down('overlap', 'order')]
    for (const [at, topic] of filters.entries()) await visitor.subscribe({ topic, qos: LEVELS[at] ?? 0 })
    await send('overlap', 'down/order', 'one')
    await visitor.until(() => visitor.received.length > 0)
    await visitor.ping()
    assert.deepEqual(texts(visitor), ['one'])
  })

  behaviour('keepalive: who is silent is cut, and its will is told; who pings stays', async inner => {
    const silent = await enter('silent', { keepalive: 1, will: { topic: up('silent'), text: 'lost' } })
    const pinging = await enter('pinging', { keepalive: 1 })
    const pings = setInterval(() => pinging.say({ cmd: 'pingreq' }), 300)
    inner.after(() => clearInterval(pings))
    await silent.until(() => silent.closed)
    await owner.until(() => heard('silent').length === 1 && owner.present.includes('silent off'))
    assert.deepEqual([heard('silent'), pinging.closed], [['lost'], false])
  })

  behaviour(
    'redelivery: unlike there, what was not answered is repeated as a duplicate in a kept session',
    async () => {
      const deaf = await enter('again', { clean: false, mute: true })
      await deaf.subscribe(down('again', '#'))
      await send('again', 'down/vend', 'not acknowledged')
      await deaf.until(() => deaf.received.length === 1)
      await deaf.vanish()
      const back = await enter('again', { clean: false })
      await back.until(() => back.received.length === 1)
      assert.deepEqual(
        back.received.map(({ text, dup }) => [text, dup]),
        [['not acknowledged', true]],
      )
    },
  )

  behaviour(
    'redelivery: a QoS 2 message said again before its release counts once, and after it as another',
    async inner => {
      const client = await RawClient.open(inner, port)
      await client.login('release')
      const message = publishPacket(up('release'), 7, '{}', 2)
      for (const times of [1, 2]) {
        client.say(message)
        await client.until(() => client.count('pubrec') === times)
      }
      client.say({ cmd: 'pubrel', messageId: 7 })
      await client.until(() => client.count('pubcomp') === 1)
      client.say(message)
      await client.until(() => client.count('pubrec') === 3)
      client.say({ cmd: 'pubrel', messageId: 7 })
      await owner.until(() => heard('release').length === 2)
    },
  )

  behaviour('$ topics: unlike there, they are granted; nothing comes of them', async () => {
    const visitor = await enter('system')
    const granted = await visitor.subscribe('$SYS/#', '$SYS/broker/clients/+', '+/broker/#')
    assert.deepEqual(granted, [1, 1, 1])
    await visitor.publish('$SYS/broker/log/N', 'Client system connected', 1, true)
    // Mosquitto tells how many clients there are every few seconds, and of each that comes at once: to others.
    const neighbour = await enter('system')
    await neighbour.subscribe('$SYS/#')
    await neighbour.ping()
    assert.deepEqual([...visitor.received, ...neighbour.received], [])
  })

  behaviour('unsubscribe: what is given up comes no more, the rest does; what never was is given up too', async () => {
    const visitor = await enter('unsub')
    await visitor.subscribe(down('unsub', 'order'), down('unsub', 'payment'), down('unsub', 'link'))
    await send('unsub', 'down/order', 'x')
    await visitor.unsubscribe(down('unsub', 'order'), down('unsub', 'never'))
    // Once the gateway has heard of this one, it has heard of what was given up before.
    await visitor.subscribe(down('unsub', 'call'))
    await owner.until(() => bus.reaches('unsub', 'down/call'))
    await assert.rejects(bus.send('unsub', 'down/order', 'y'), NotReachableError)
    for (const path of ['down/payment', 'down/link']) await send('unsub', path, path)
    await visitor.until(() => visitor.received.length === 3)
    assert.deepEqual(texts(visitor), ['x', 'down/payment', 'down/link'])
  })

  behaviour('will: told once when the device vanishes, at any QoS, and void when it says goodbye', async () => {
    for (const qos of LEVELS) {
      const visitor = await enter('will', { will: { topic: up('will'), text: `lost ${qos}`, qos } })
      await visitor.vanish()
      await owner.until(() => heard('will').length === qos + 1)
    }
    const polite = await enter('will', { will: { topic: up('will'), text: 'never' } })
    await polite.publish(up('will'), 'said', 1)
    await polite.leave()
    await owner.until(() => heard('will').includes('said') && !bus.online('will'))
    assert.deepEqual(heard('will'), ['lost 0', 'lost 1', 'lost 2', 'said'])
  })

  await Promise.all(behaviours)
})

function texts(visitor: Visitor): string[] {
  return visitor.received.map(({ text }) => text)
}
