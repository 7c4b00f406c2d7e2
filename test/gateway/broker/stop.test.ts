import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import net from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { EmbeddedBroker } from '../../../gateway/broker/embedded-broker.ts'
import { ListenError } from '../../../gateway/broker/listeners.ts'
import { connect, connectPacket, log, Owner, publishPacket, RawClient, startBroker } from './support.ts'

const LOOPBACK = { protocol: 'mqtt', host: '127.0.0.1', port: 0 } as const

test('stop closes listeners and links, tells their end but no will, and waits for what is being stored', async t => {
  const { broker, owner, port } = await startBroker(t)
  const client = await RawClient.open(t, port)
  const will = { topic: 'gw/v1/till-1/up/status', payload: Buffer.from('{}'), qos: 1, retain: true } as const
  client.say(connectPacket('till-1', { will }))
  const silent = await RawClient.open(t, port)
  const disk = Promise.withResolvers<void>()
  owner.commit = () => disk.promise
  client.say(publishPacket('gw/v1/till-1/up/order', 1), publishPacket('gw/v1/till-1/up/order', 2))
  await owner.until(() => owner.heard.length === 1)

  let stopped = false
  const stopping = broker.stop().then(() => {
    stopped = true
  })
  await Promise.all([client.ended(), silent.ended()])
  await owner.until(() => owner.present.length === 2)
  assert.deepEqual([stopped, broker.online('till-1'), broker.addresses()], [false, false, []])
  disk.resolve()
  await stopping
  assert.deepEqual(owner.present, ['till-1 on', 'till-1 off'])
  assert.equal(
    owner.heard.every(({ path }) => path === 'up/order'),
    true,
  )
  assert.equal(client.count('puback'), 0)
  await broker.stop()
})

test('stop does not wait for ever for an owner that never finishes, nor for a peer that has hung up meanwhile', async t => {
  const { broker, owner, port } = await startBroker(t, { limits: { farewell: 50 } })
  owner.commit = () => new Promise(() => undefined)
  const client = await RawClient.open(t, port)
  await client.login('till-1')
  client.say(publishPacket('gw/v1/till-1/up/order', 1))
  await owner.until(() => owner.heard.length === 1)
  client.socket.end()
  await client.ended()
  await broker.stop()
  assert.deepEqual(owner.present, ['till-1 on', 'till-1 off'])
})

test('a stopped broker can be started again', async t => {
  const { broker } = await startBroker(t)
  await broker.stop()
  await broker.start()
  const port = broker.addresses()[0]?.port ?? 0
  await connect(t, port, 'till-1')
  await assert.rejects(broker.start(), /running already/)
})

test('a port that is taken, or mqtts without a certificate, is named, and nothing stays open', async t => {
  const taken = net.createServer().listen(0, '127.0.0.1')
  t.after(() => taken.close())
  await new Promise(resolve => taken.once('listening', resolve))
  const address = taken.address()
  assert.ok(typeof address === 'object' && address !== null)
  const owner = new Owner()
  const second = { ...LOOPBACK, port: address.port }
  const broker = new EmbeddedBroker({ listeners: [LOOPBACK, second], owner, log })
  await assert.rejects(broker.start(), (error: unknown) => {
    assert.ok(error instanceof ListenError)
    assert.equal(error.code, 'LISTEN_FAILED')
    assert.match(error.message, new RegExp(`mqtt://127.0.0.1:${address.port}.*another program`))
    return true
  })
  assert.deepEqual(broker.addresses(), [])
  const secure = new EmbeddedBroker({ listeners: [{ ...LOOPBACK, protocol: 'mqtts' }], owner, log })
  await assert.rejects(secure.start(), /needs a certificate/)
  const listeners = [{ ...LOOPBACK, protocol: 'mqtts' as const }]
  const broken = new EmbeddedBroker({ listeners, tls: { cert: 'x', key: 'y' }, owner, log })
  await assert.rejects(broken.start(), /not a pair of PEM texts/)
})

test('after stop the process ends by itself', async () => {
  const support = new URL('./support.ts', import.meta.url)
  const script = `
    const { startBroker, connect, RawClient } = await import(${JSON.stringify(support.href)})
    const later = []
    const t = { after: task => later.push(task) }
    const { broker, port } = await startBroker(t)
    const client = await connect(t, port, 'till-1')
    await client.subscribeAsync('gw/v1/till-1/down/#', { qos: 1 })
    await RawClient.open(t, port)
    await broker.stop()
    client.end(true)
    console.log('stopped')
  `
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 8_000,
  })
  assert.equal(stdout.trim(), 'stopped')
})
