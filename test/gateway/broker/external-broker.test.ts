import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MqttClient } from 'mqtt'
import type { DeviceBus } from '../../../gateway/broker/device-bus.ts'
import { Happenings } from '../../support/happenings.ts'
import { needsMosquitto } from '../../support/needs.ts'
import { shopMosquitto } from './shop-mosquitto.ts'
import type { Owner } from './support.ts'

const QOS1 = { qos: 1 } as const
const down = (id: string): string => `gw/v1/${id}/down/#`

/** What a client hears, one line each. */
function heardBy(client: MqttClient): { readonly lines: string[]; until(line: string): Promise<void> } {
  const lines: string[] = []
  const happenings = new Happenings()
  client.on('message', (topic, payload, { retain }) => {
    lines.push(`${retain ? 'retained ' : ''}${topic} ${payload}`)
    happenings.happened()
  })
  return { lines, until: line => happenings.until(() => lines.includes(line), `hears ${line}`) }
}

interface Side {
  readonly bus: DeviceBus
  readonly owner: Owner
}

/** Resolves when the gateway's side is up and this device present; it says something until then. */
async function settled({ bus, owner }: Side, client: MqttClient, id: string): Promise<void> {
  const say = (): void => void client.publish(`gw/v1/${id}/up/status`, '{"online":true}', QOS1)
  const timer = setInterval(say, 20)
  try {
    await owner.until(() => bus.trouble === null && owner.present.includes(`${id} on`))
  } finally {
    clearInterval(timer)
  }
}

function gone(client: MqttClient): Promise<unknown> {
  return new Promise(resolve => client.once('close', () => resolve(undefined)))
}

describe('devices at Mosquitto', { skip: needsMosquitto(), concurrency: 2 }, () => {
  test('a device is reachable once its subscription is granted, on its paths, and until it goes', async t => {
    const shop = await shopMosquitto(t, ['watcher', 'sound-1'])
    const { bus, owner } = shop.gateway()
    await bus.start()
    await settled({ bus, owner }, await shop.device('watcher'), 'watcher')

    const sound = await shop.device('sound-1')
    await owner.until(() => bus.online('sound-1'))
    assert.equal(bus.reaches('sound-1', 'down/announce'), false)
    await assert.rejects(bus.send('sound-1', 'down/announce', '{}'), /not connected or not subscribed/)
    const heard = heardBy(sound)
    await sound.subscribeAsync('gw/v1/sound-1/down/announce', QOS1)
    await owner.until(() => owner.reached.includes('sound-1'))
    assert.equal(bus.reaches('sound-1', 'down/vend'), false)
    await bus.send('sound-1', 'down/announce', '{"id":"1"}')
    await heard.until('gw/v1/sound-1/down/announce {"id":"1"}')

    await sound.unsubscribeAsync('gw/v1/sound-1/down/announce')
    await assert.rejects(bus.send('sound-1', 'down/announce', '{"id":"2"}'))
    await sound.endAsync()
    await owner.until(() => owner.present.includes('sound-1 off'))

    // Nothing was kept for it, retained or queued.
    const again = await shop.device('sound-1')
    const later = heardBy(again)
    await again.subscribeAsync(down('sound-1'), QOS1)
    await owner.until(() => owner.reached.filter(id => id === 'sound-1').length === 2)
    await bus.send('sound-1', 'down/announce', '{"id":"3"}')
    await later.until('gw/v1/sound-1/down/announce {"id":"3"}')
    assert.deepEqual(later.lines, ['gw/v1/sound-1/down/announce {"id":"3"}'])
    again.stream.destroy()
    await owner.until(() => owner.present.filter(line => line === 'sound-1 off').length === 2)
  })

  test('a session that Mosquitto keeps for an absent device makes it neither present nor reachable', async t => {
    const shop = await shopMosquitto(t, ['watcher', 'sound-1'])
    const keeping = await shop.device('sound-1', { clean: false })
    await keeping.subscribeAsync(down('sound-1'), QOS1)
    await keeping.endAsync()
    const { bus, owner } = shop.gateway()
    await bus.start()
    await settled({ bus, owner }, await shop.device('watcher'), 'watcher')
    assert.equal(bus.online('sound-1'), false)
    await assert.rejects(bus.send('sound-1', 'down/announce', '{}'))
    const back = await shop.device('sound-1', { clean: false })
    const heard = heardBy(back)
    await owner.until(() => owner.reached.includes('sound-1'))
    await bus.send('sound-1', 'down/announce', '{"id":"1"}')
    await heard.until('gw/v1/sound-1/down/announce {"id":"1"}')
  })

  test('what a device says while the gateway is away is heard once, also after a restart of Mosquitto', async t => {
    const shop = await shopMosquitto(t, ['pos-1'])
    const first = shop.gateway()
    await first.bus.start()
    await settled(first, await shop.device('pos-1'), 'pos-1')
    await first.bus.stop()
    const away = await shop.device('pos-1')
    await away.publishAsync('gw/v1/pos-1/up/order', '{"requestId":"1"}', QOS1)
    // Retained as well: it must not be ordered once more at each return.
    await away.publishAsync('gw/v1/pos-1/up/cancel', '{"requestId":"2"}', { ...QOS1, retain: true })
    await shop.mosquitto.stop()
    await shop.mosquitto.start()
    const orders = ({ heard }: Owner): string[] =>
      heard.filter(({ path }) => path !== 'up/status').map(({ text }) => text)
    const second = shop.gateway()
    await second.bus.start()
    await second.owner.until(() => orders(second.owner).length === 2)
    // From before its return: that says nothing of who is there now.
    assert.deepEqual(second.owner.present, [])
    await settled(second, await shop.device('pos-1'), 'pos-1')
    await second.bus.stop()
    const third = shop.gateway()
    await third.bus.start()
    await settled(third, await shop.device('pos-1'), 'pos-1')
    assert.deepEqual(orders(second.owner), ['{"requestId":"1"}', '{"requestId":"2"}'])
    assert.deepEqual(orders(third.owner), [])
  })

  test('a message that was not stored is not acknowledged to Mosquitto and comes again', async t => {
    const shop = await shopMosquitto(t, ['pos-1'])
    const { bus, owner } = shop.gateway()
    await bus.start()
    const pos = await shop.device('pos-1')
    await settled({ bus, owner }, pos, 'pos-1')
    let refusals = 1
    owner.commit = async ({ path }) => {
      if (path === 'up/order' && refusals-- > 0) throw new Error('disk full')
    }
    await pos.publishAsync('gw/v1/pos-1/up/order', '{"requestId":"1"}', QOS1)
    await owner.until(() => owner.heard.filter(({ path }) => path === 'up/order').length === 2)
  })

  test('a device that stayed while the gateway was away is found by its answer; one that left is not', async t => {
    const shop = await shopMosquitto(t, ['sound-1', 'sound-2'])
    const first = shop.gateway()
    await first.bus.start()
    const stays = await shop.device('sound-1')
    await settled(first, stays, 'sound-1')
    stays.on('message', (_topic, payload) => {
      const { id }: { id?: string } = JSON.parse(payload.toString())
      stays.publish('gw/v1/sound-1/up/ack', JSON.stringify({ id, status: 'done' }), QOS1)
    })
    await stays.subscribeAsync(down('sound-1'), QOS1)
    const leaves = await shop.device('sound-2', {
      will: { topic: 'gw/v1/sound-2/up/status', payload: Buffer.from('{"online":false}'), qos: 1, retain: true },
    })
    await leaves.subscribeAsync(down('sound-2'), QOS1)
    await first.owner.until(() => first.owner.reached.includes('sound-2'))
    await first.bus.stop()
    leaves.stream.destroy()
    const { bus, owner } = shop.gateway()
    await bus.start()
    await owner.until(() => owner.reached.includes('sound-1'))
    assert.equal(bus.reaches('sound-1', 'down/announce'), true)
    await bus.send('sound-1', 'down/announce', '{"id":"1"}')
    assert.equal(bus.online('sound-2'), false)
  })

  test('a removed device loses its link, its way in, its last status and its voice', async t => {
    const shop = await shopMosquitto(t, ['watcher', 'sound-1'])
    const { bus, owner } = shop.gateway()
    await bus.start()
    const watcher = await shop.device('watcher')
    await settled({ bus, owner }, watcher, 'watcher')
    const will = { topic: 'gw/v1/sound-1/up/status', payload: Buffer.from('{"online":false}'), ...QOS1, retain: true }
    const sound = await shop.device('sound-1', { will })
    await sound.publishAsync('gw/v1/sound-1/up/status', '{"online":true}', { ...QOS1, retain: true })
    await owner.until(() => bus.online('sound-1'))
    const cut = gone(sound)
    const begun = performance.now()
    await shop.logins.remove('sound-1')
    bus.disconnect('sound-1')
    await cut
    assert.ok(performance.now() - begun < 1_000)
    assert.equal(bus.online('sound-1'), false)
    await assert.rejects(shop.device('sound-1'), /Not authorized/)
    assert.equal(watcher.connected, true)
    await bus.stop()
    const look = await shop.device('gateway', { password: 'gateway-for-tests' })
    const kept = heardBy(look)
    await look.subscribeAsync('gw/v1/+/up/#', QOS1)
    await look.publishAsync('gw/v1/watcher/up/event', 'marker', QOS1)
    await kept.until('gw/v1/watcher/up/event marker')
    assert.deepEqual(
      kept.lines.filter(line => line.startsWith('retained gw/v1/sound-1')),
      [],
    )
  })

  test('no device can speak or listen in the name of another, judged by what arrives', async t => {
    const shop = await shopMosquitto(t, ['watcher', 'pos-1', 'spy'])
    const { bus, owner } = shop.gateway()
    await bus.start()
    const watcher = await shop.device('watcher')
    await settled({ bus, owner }, watcher, 'watcher')
    const pos = await shop.device('pos-1')
    const posHeard = heardBy(pos)
    await pos.subscribeAsync(down('pos-1'), QOS1)
    await owner.until(() => owner.reached.includes('pos-1'))

    const topics = [
      'gw/v1/pos-1/up/order',
      'gw/v1/pos-1/down/vend',
      'gw/v1/spy/down/vend',
      'gw/v1/spy/up',
      '$SYS/broker/log/N',
      'gw/v1/spy',
    ]
    for (const topic of topics) {
      // Whether Mosquitto acknowledges it or ends the link is not the point.
      const spy = await shop.device('spy', {
        will: { topic: 'gw/v1/pos-1/up/status', payload: Buffer.from('{}'), ...QOS1 },
      })
      spy.publish(topic, 'forged', { ...QOS1, retain: true })
      spy.publish(topic, 'forged', QOS1)
      const over = gone(spy)
      spy.publish('gw/v1/spy/up/event', topic, QOS1, () => spy.stream.destroy())
      await over
    }
    const spy = await shop.device('spy')
    const spied = heardBy(spy)
    const filters = [
      '#',
      '+/#',
      'gw/#',
      down('pos-1'),
      'gw/v1/+/down/#',
      'gw/v1/+/up/#',
      '$SYS/#',
      `$share/a/${down('pos-1')}`,
    ]
    for (const filter of filters) await spy.subscribeAsync(filter, QOS1).catch(() => undefined)
    await bus.send('pos-1', 'down/payment', '{"id":"1"}')
    await posHeard.until('gw/v1/pos-1/down/payment {"id":"1"}')
    await watcher.publishAsync('gw/v1/watcher/up/event', 'marker', QOS1)
    await owner.until(() => owner.heard.some(({ text }) => text === 'marker'))
    await owner.until(() => owner.reached.includes('spy'))
    await bus.send('spy', 'down/payment', '{"id":"2"}')
    await spied.until('gw/v1/spy/down/payment {"id":"2"}')

    assert.deepEqual(posHeard.lines, ['gw/v1/pos-1/down/payment {"id":"1"}'])
    assert.deepEqual([...new Set(spied.lines)], ['gw/v1/spy/down/payment {"id":"2"}'])
    assert.deepEqual(
      owner.heard.filter(({ text }) => text === 'forged' || text === '{}'),
      [],
    )
    assert.equal(
      owner.heard.some(({ deviceId }) => deviceId === 'pos-1'),
      false,
    )
  })

  test('two devices cannot throw each other out by a client id', async t => {
    const shop = await shopMosquitto(t, ['watcher', 'pos-1'])
    const watcher = await shop.device('watcher')
    await shop.device('pos-1', { clientId: 'watcher' })
    await watcher.publishAsync('gw/v1/watcher/up/event', 'still here', QOS1)
    assert.equal(watcher.connected, true)
  })

  test('two devices with one credential are told of each time one throws the other out; a device that comes back is not', async t => {
    const shop = await shopMosquitto(t, ['watcher', 'sound-1'])
    const { bus, owner } = shop.gateway()
    await bus.start()
    await settled({ bus, owner }, await shop.device('watcher'), 'watcher')
    const first = await shop.device('sound-1')
    await owner.until(() => bus.online('sound-1'))
    await first.endAsync()
    await owner.until(() => !bus.online('sound-1'))
    await shop.device('sound-1')
    await owner.until(() => bus.online('sound-1'))
    assert.deepEqual(owner.contested, [])
    await shop.device('sound-1')
    await owner.until(() => owner.contested.length === 1)
    await shop.device('sound-1')
    await owner.until(() => owner.contested.length === 2)
    assert.deepEqual(owner.contested, ['sound-1', 'sound-1'])
    assert.equal(bus.online('sound-1'), true)
  })

  test('while Mosquitto is away the gateway says so, nobody is there, and it comes back by itself', async t => {
    t.mock.method(Math, 'random', () => 0.01)
    const shop = await shopMosquitto(t, ['sound-1'])
    const { bus, owner } = shop.gateway()
    await bus.start()
    await settled({ bus, owner }, await shop.device('sound-1'), 'sound-1')
    assert.equal(bus.trouble, null)
    await shop.mosquitto.stop()
    await owner.until(() => owner.present.includes('sound-1 off'))
    assert.match(bus.trouble ?? '', /127\.0\.0\.1:\d+ (closed|refused)/)
    assert.equal(bus.reaches('sound-1', 'down/announce'), false)
    await shop.mosquitto.start()
    owner.present.length = 0
    await settled({ bus, owner }, await shop.device('sound-1'), 'sound-1')
    assert.equal(bus.trouble, null)
  })
})
