import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectAsync, type MqttClient } from 'mqtt'
import { needsMosquitto } from '../support/needs.ts'
import { ACCOUNT, HOLDER, TERMINAL, World } from './world.ts'

function event(client: MqttClient, name: 'message' | 'close'): Promise<void> {
  return new Promise(resolve => client.once(name, () => resolve()))
}

/** The same on both brokers, through the whole gateway. */
for (const mode of ['embedded', 'external'] as const) {
  describe(`logins of devices, the shop’s broker ${mode}`, { skip: needsMosquitto() }, () => {
    it('a paired device is let in at once, a wrong password never, and a removed device is cut off', async () => {
      await using world = await World.create({}, '', mode)
      const account = ['--bank-code', 'MB', '--bank-account', ACCOUNT, '--holder', HOLDER]
      await world.command('terminals', 'add', TERMINAL, ...account)
      await world.start()
      const enter = (id: string, password: string): Promise<MqttClient> =>
        connectAsync(`mqtt://127.0.0.1:${world.devicePort}`, {
          ...{ username: id, password, clientId: id },
          protocolVersion: 4,
          reconnectPeriod: 0,
        })
      const password = await world.pair('soundbox', 'sound-1')
      const other = await world.pair('pos', 'pos-1')
      const [sound, pos] = [await enter('sound-1', password), await enter('pos-1', other)]
      await assert.rejects(enter('sound-1', other), /Connection refused/)
      // As online as the gateway sees it.
      const config = event(sound, 'message')
      await sound.subscribeAsync('gw/v1/sound-1/down/#', { qos: 1 })
      await config
      const { online } = await world.command('devices', 'show', 'sound-1')
      assert.equal(online, true)

      const cut = event(sound, 'close')
      await world.command('devices', 'remove', 'sound-1')
      const removed = performance.now()
      await cut
      assert.ok(performance.now() - removed < 1_000)
      await assert.rejects(enter('sound-1', password), /Connection refused/)
      assert.equal(pos.connected, true)
      await pos.endAsync(true)
    })
  })
}

describe('the shop’s broker goes away', { skip: needsMosquitto() }, () => {
  it('is a reason not to be ready, until it is back', async () => {
    await using world = await World.create({}, '', 'external')
    await world.start()
    assert.equal((await world.http('/readyz')).status, 200)
    const before = world.log.length
    await world.shopBroker.stop()
    await world.gateway.said(`127.0.0.1:${world.devicePort} `, 10_000, before)
    const { status, text } = await world.http('/readyz')
    assert.equal(status, 503)
    assert.match(text, /local broker down: 127\.0\.0\.1:\d+ /)
    const { length } = world.log
    await world.shopBroker.start()
    await world.gateway.said('the local broker is connected', 10_000, length)
    assert.equal((await world.http('/readyz')).status, 200)
  })
})
