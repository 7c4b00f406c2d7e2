import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IConnectPacket } from 'mqtt-packet'
import { connect, connectPacket, RawClient, startBroker } from './support.ts'

/** What a CONNECT is answered with, after which the connection has to end. */
async function refusal(t: Parameters<typeof RawClient.open>[0], port: number, more: Partial<IConnectPacket>) {
  const client = await RawClient.open(t, port)
  client.say(connectPacket('till-1', more))
  await client.ended()
  return client.packets.map(packet => (packet.cmd === 'connack' ? packet.returnCode : packet.cmd))
}

test('a login needs the password of an enabled device', async t => {
  const { owner, port } = await startBroker(t)
  owner.removed.add('till-9')
  const cases: Partial<IConnectPacket>[] = [
    { password: Buffer.from('pw-till-2') },
    { password: Buffer.from('') },
    { clientId: 'till-9', username: 'till-9', password: Buffer.from('pw-till-9') },
    { clientId: 'nobody', username: 'nobody' },
    { clientId: 'Till-1', username: 'Till-1', password: Buffer.from('pw-Till-1') },
    { username: '', password: Buffer.from('pw-') },
  ]
  for (const more of cases) assert.deepEqual(await refusal(t, port, more), [4], JSON.stringify(more))
  const anonymous = await RawClient.open(t, port)
  anonymous.say({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'till-1' })
  await anonymous.ended()
  assert.deepEqual(anonymous.packets[0]?.cmd === 'connack' && anonymous.packets[0].returnCode, 4)
  assert.deepEqual(owner.present, [])
})

test('the owner failing to look a password up is answered as unavailable', async t => {
  const { owner, port } = await startBroker(t)
  owner.authenticate = () => Promise.reject(new Error('disk'))
  assert.deepEqual(await refusal(t, port, {}), [3])
})

test('a client id that is not the device id or below it is refused', async t => {
  const { port } = await startBroker(t)
  for (const clientId of ['till-2', 'till-12', 'mqttjs_1a2b', '']) {
    assert.deepEqual(await refusal(t, port, { clientId }), [2], clientId)
  }
  for (const clientId of ['till-1', 'till-1.screen', `till-1.${'x'.repeat(100)}`]) {
    const client = await connect(t, port, 'till-1', { clientId })
    assert.equal(client.connected, true)
  }
})

test('a will for anything but the own status is refused', async t => {
  const { owner, port } = await startBroker(t)
  for (const topic of ['gw/v1/till-2/up/status', 'gw/v1/till-1/up/order', 'gw/v1/till-2/down/vend', '$SYS/x']) {
    const will = { topic, payload: Buffer.from('{}'), qos: 1 as const, retain: false }
    assert.deepEqual(await refusal(t, port, { will }), [5], topic)
  }
  assert.deepEqual(owner.heard, [])
})

test('only MQTT 3.1.1 is spoken', async t => {
  const { port } = await startBroker(t)
  for (const version of [3, 5] as const) {
    const protocolId = version === 3 ? 'MQIsdp' : 'MQTT'
    assert.deepEqual(await refusal(t, port, { protocolId, protocolVersion: version }), [1])
  }
})

test('what follows a CONNECT waits until the password was looked at', async t => {
  const { owner, port } = await startBroker(t)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const asked = Promise.withResolvers<void>()
  owner.authenticate = async username => {
    if (username !== 'till-1') return true
    asked.resolve()
    return promise
  }
  const client = await RawClient.open(t, port)
  client.say(connectPacket('till-1'), {
    cmd: 'publish',
    topic: 'gw/v1/till-1/up/order',
    payload: '{}',
    qos: 1,
    messageId: 7,
    dup: false,
    retain: false,
  })
  client.say({ cmd: 'pingreq' })
  await asked.promise
  // What was to be heard or said by itself has been before somebody else has come in.
  await (await RawClient.open(t, port)).login('till-2')
  assert.deepEqual([owner.heard, client.packets], [[], []])
  resolve(true)
  await client.until(() => client.count('puback') === 1 && client.count('pingresp') === 1)
  assert.equal(client.packets[0]?.cmd, 'connack')
  assert.equal(owner.heard.length, 1)
})

test('a device disconnected while its password is looked up does not come in', async t => {
  const { broker, owner, port } = await startBroker(t)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const asked = Promise.withResolvers<void>()
  owner.authenticate = () => {
    asked.resolve()
    return promise
  }
  const client = await RawClient.open(t, port)
  client.say(connectPacket('till-1'))
  await asked.promise
  broker.disconnect('till-1')
  resolve(true)
  await client.ended()
  assert.deepEqual([client.packets, owner.present, broker.online('till-1')], [[], [], false])
})
