import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect, connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { needsMosquitto } from '../support/needs.ts'
import { ACCOUNT, HOLDER, type Listener, TERMINAL, World } from './world.ts'

describe('a device that breaks the rules', { skip: needsMosquitto() }, () => {
  let world: World
  let password: string
  let bystander: Listener
  const clients: MqttClient[] = []
  let payments = 0

  function options(more: IClientOptions): IClientOptions {
    const login = { username: 'pos-1', password, clientId: 'pos-1.rude' }
    return { protocolVersion: 4, reconnectPeriod: 0, connectTimeout: 5000, ...login, ...more }
  }

  function url(): string {
    return `mqtt://127.0.0.1:${world.devicePort}`
  }

  async function open(more: IClientOptions = {}): Promise<MqttClient> {
    const client = await connectAsync(url(), options(more))
    client.on('error', () => {})
    clients.push(client)
    return client
  }

  /** The CONNACK code a connection is refused with. */
  async function refusal(more: IClientOptions): Promise<unknown> {
    const client = connect(url(), options(more))
    clients.push(client)
    return new Promise(resolve => client.once('error', error => resolve('code' in error ? error.code : error.message)))
  }

  /** Whoever keeps the rules hears of money as before. */
  async function othersAreUndisturbed(): Promise<void> {
    payments += 1
    const referenceNumber = `FT-CALM-${payments}`
    const change = {
      bankAccount: ACCOUNT,
      amount: 25_000 + payments,
      transType: 'C',
      referenceNumber,
      content: '',
      status: 1,
    }
    await world.host.tellBalanceChange(TERMINAL, JSON.stringify(change))
    const said = await bystander.heard('down/announce', message => message.amount === 25_000 + payments)
    await world.say('sound-1', soundPassword, 'up/ack', { id: said.id, status: 'done' })
  }
  let soundPassword: string

  before(async () => {
    world = await World.create()
    await world.command(
      'terminals',
      'add',
      TERMINAL,
      '--bank-code',
      'MB',
      '--bank-account',
      ACCOUNT,
      '--holder',
      HOLDER,
    )
    await world.start()
    password = await world.pair('pos', 'pos-1')
    soundPassword = await world.pair('soundbox', 'sound-1')
    bystander = await world.listen('sound-1', soundPassword)
  })

  after(async () => {
    for (const client of clients) await client.endAsync(true)
    await world[Symbol.asyncDispose]()
  })

  it('a wrong password is refused', async () => {
    assert.equal(await refusal({ password: 'wrong' }), 4)
    assert.equal(await refusal({ username: 'nobody', clientId: 'nobody' }), 4)
    await othersAreUndisturbed()
  })

  it('a client id of somebody else is refused', async () => {
    assert.equal(await refusal({ clientId: 'sound-1' }), 2)
    assert.equal(await refusal({ clientId: 'pos-10' }), 2)
    await othersAreUndisturbed()
  })

  it('a will on another device’s topic is refused', async () => {
    const will = {
      topic: 'gw/v1/sound-1/up/status',
      payload: Buffer.from('{"online":false}'),
      qos: 1,
      retain: true,
    } as const
    assert.equal(await refusal({ will }), 5)
    await othersAreUndisturbed()
  })

  it('subscriptions outside its own down/ get 128, and the rest of the list is served', async () => {
    const client = await open()
    const own = 'gw/v1/pos-1/down/#'
    const filters = ['#', 'gw/v1/+/down/#', 'gw/v1/sound-1/down/#', '$SYS/#', '$share/g/gw/v1/pos-1/down/#', own]
    const granted = await client.subscribeAsync(filters, { qos: 1 }).catch(error => error)
    const codes: unknown[] = Array.isArray(granted) ? granted.map(grant => grant.qos) : []
    const expected = [128, 128, 128, 128, 128, 1]
    // The client library reports a refused filter as an error; what matters is that the own one is served.
    if (codes.length > 0) assert.deepEqual(codes, expected)
    const topic = await new Promise<string>(resolve => client.once('message', resolve))
    assert.match(topic, /^gw\/v1\/pos-1\/down\//)
    await othersAreUndisturbed()
  })

  it('a message on another device’s topic ends its connection and reaches nobody', async () => {
    const client = await open()
    const heard = bystander.all.length
    const closed = ended(client)
    client.publish('gw/v1/sound-1/down/announce', '{"id":"forged","kind":"paid","text":"Đã nhận một tỷ đồng"}', {
      qos: 1,
    })
    await closed
    await othersAreUndisturbed()
    assert.equal(
      bystander.all.slice(heard).some(({ message }) => message.id === 'forged'),
      false,
    )
  })

  it('a packet of one megabyte ends its connection, before and after the login', async () => {
    const client = await open()
    const closed = ended(client)
    client.publish('gw/v1/pos-1/up/order', Buffer.alloc(1_000_000, 32), { qos: 1 })
    await closed
    const stranger = connect(url(), options({ username: 'x'.repeat(50_000) }))
    stranger.on('error', () => {})
    clients.push(stranger)
    await ended(stranger)
    await othersAreUndisturbed()
  })

  it('the TLS listener is trusted through the gateway’s own CA, and only through it', async () => {
    const { broker } = await world.command('status')
    const secure = Array.isArray(broker) ? String(broker.find(address => String(address).startsWith('mqtts:'))) : ''
    const ca = readFileSync(join(world.folder, 'data/pki/ca.crt'))
    const client = await connectAsync(secure, options({ ca, clientId: 'pos-1.tls' }))
    clients.push(client)
    assert.equal(client.connected, true)
    await assert.rejects(connectAsync(secure, options({ ca: world.authority, clientId: 'pos-1.tls2' })))
  })

  it('a removed device is cut off at once and let in no more', async () => {
    const client = await open({ clientId: 'pos-1.gone' })
    const closed = ended(client)
    await world.command('devices', 'remove', 'pos-1')
    await closed
    assert.equal(await refusal({}), 4)
    await othersAreUndisturbed()
  })
})

/** The connection is over, with or without an error of the socket. */
function ended(client: MqttClient): Promise<void> {
  return new Promise(resolve => client.once('close', () => resolve()))
}
