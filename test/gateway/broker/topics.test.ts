import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MqttClient } from 'mqtt'
import type { ISubackPacket } from 'mqtt-packet'
import { connect, publishPacket, RawClient, received, startBroker } from './support.ts'

/** The SUBACK codes for these filters. */
async function granted(client: RawClient, messageId: number, ...topics: string[]): Promise<unknown> {
  client.say({ cmd: 'subscribe', messageId, subscriptions: topics.map(topic => ({ topic, qos: 1 as const })) })
  const mine = () =>
    client.packets.find((packet): packet is ISubackPacket => packet.cmd === 'suback' && packet.messageId === messageId)
  await client.until(() => mine() !== undefined)
  return mine()?.granted
}

async function ask(client: MqttClient): Promise<void> {
  await client.publishAsync('gw/v1/till-2/up/status', '{}', { qos: 1 })
}

test('a forbidden SUBSCRIBE gets 128 and makes nobody reachable; an allowed one beside it counts', async t => {
  const { broker, owner, port } = await startBroker(t)
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  const forbidden = ['#', '+/+/+/#', 'gw/v1/till-2/down/#', 'gw/v1/+/down/#', 'gw/v1/till-1/#', 'gw/v1/till-1/up/#']
  assert.deepEqual(await granted(client, 1, ...forbidden), [128, 128, 128, 128, 128, 128])
  assert.deepEqual(
    await granted(client, 2, '$SYS/#', '$share/g/gw/v1/till-1/down/#', 'gw/v1/till-1/down'),
    [128, 128, 128],
  )
  assert.deepEqual([owner.reached, broker.reaches('till-1', 'down/order')], [[], false])
  assert.deepEqual(await granted(client, 3, 'gw/v1/till-2/down/#', 'gw/v1/till-1/down/order'), [128, 1])
  assert.deepEqual(owner.reached, ['till-1'])
  assert.equal(broker.reaches('till-1', 'down/order'), true)
  assert.equal(broker.reaches('till-1', 'down/vend'), false)
  assert.equal(broker.reaches('till-2', 'down/order'), false)
})

test('a link has room for 64 subscriptions', async t => {
  const { port } = await startBroker(t)
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  const many = Array.from({ length: 64 }, (_, index) => `gw/v1/till-1/down/${index}`)
  assert.deepEqual(await granted(client, 1, ...many), Array(64).fill(1))
  assert.deepEqual(await granted(client, 2, 'gw/v1/till-1/down/64', 'gw/v1/till-1/down/0'), [128, 1])
  const other = await RawClient.open(t, port)
  await other.login('till-2')
  const tooMany = Array.from({ length: 65 }, (_, index) => `gw/v1/till-2/down/${index}`)
  assert.deepEqual(await granted(other, 1, ...tooMany), [...Array(64).fill(1), 128])
})

test('a forbidden PUBLISH ends that connection and no other', async t => {
  const { owner, port } = await startBroker(t)
  const other = await connect(t, port, 'till-2')
  const topics = ['gw/v1/till-2/up/order', 'gw/v1/till-2/down/vend', 'gw/v1/till-1/down/vend', '$SYS/x', 'anything']
  for (const topic of topics) {
    for (const qos of [0, 1, 2] as const) {
      const rude = await RawClient.open(t, port)
      await rude.login('till-1')
      rude.say({ cmd: 'publish', topic, payload: '{}', qos, messageId: 5, dup: false, retain: true })
      await rude.ended()
      assert.deepEqual([rude.count('puback'), rude.count('pubrec')], [0, 0], topic)
    }
  }
  assert.deepEqual(owner.heard, [])
  await ask(other)
  assert.equal(other.connected, true)
})

test('nothing a device publishes ever arrives at a device', async t => {
  const { broker, owner, port } = await startBroker(t)
  const inboxes: string[][] = []
  for (const deviceId of ['till-1', 'till-2', 'till-3']) {
    const client = await connect(t, port, deviceId, {
      will: { topic: `gw/v1/${deviceId}/up/status`, payload: Buffer.from('{"online":false}'), qos: 1, retain: true },
    })
    inboxes.push(received(client))
    await client.subscribeAsync(`gw/v1/${deviceId}/down/#`, { qos: 1 })
  }
  const sender = await connect(t, port, 'till-4')
  for (const qos of [0, 1, 2] as const) {
    await sender.publishAsync('gw/v1/till-4/up/status', '{"online":true}', { qos, retain: true })
  }
  const rude = await RawClient.open(t, port)
  await rude.login('till-5')
  rude.say(publishPacket('gw/v1/till-1/down/vend', 1))
  await rude.ended()
  broker.disconnect('till-3')
  await owner.until(() => owner.heard.some(({ deviceId }) => deviceId === 'till-3'))
  await broker.send('till-1', 'down/order', '{"id":"last"}')
  const client = await connect(t, port, 'till-3', { clean: false })
  const later = received(client)
  await client.subscribeAsync('gw/v1/till-3/down/#', { qos: 1 })
  await ask(await connect(t, port, 'till-2', { clientId: 'till-2.asks' }))
  assert.deepEqual([...inboxes, later], [['gw/v1/till-1/down/order {"id":"last"}'], [], [], []])
})
