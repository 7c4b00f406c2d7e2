import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { shopMosquitto } from '../../gateway/broker/shop-mosquitto.ts'
import { freePort } from '../../support/free-port.ts'
import { needsMosquitto } from '../../support/needs.ts'
import { DEVICES } from './access-cases.ts'
import { proveAccess } from './access-proof.ts'
import { WHOLE } from './access-size.ts'
import type { BrokerUnderTest, Witness } from './broker-under-test.ts'
import { Visitor } from './visitor.ts'

const NOBODY = { username: 'witness', password: '' }

test('the same things devices try at Mosquitto with the exported files have no other effects than on the gateway', {
  skip: needsMosquitto(),
}, async t => {
  const witnessPort = await freePort()
  // A door beside those of the shop, without logins and rules: whoever comes through it sees all there is.
  const door = `autosave_on_changes false\nlistener ${witnessPort} 127.0.0.1\nallow_anonymous true`
  const shop = await shopMosquitto(t, DEVICES, door)
  const { bus, owner } = shop.gateway()
  await bus.start()
  const gateway = await enter(t, witnessPort, 'speaker')
  const call = setInterval(() => void gateway.publish('gw/v1/up/up/status', 'begin'), 20)
  await owner.until(() => owner.heard.length > 0).finally(() => clearInterval(call))
  const mosquitto: BrokerUnderTest = {
    port: shop.mosquitto.port,
    password: deviceId => `pw-${deviceId}`,
    // Not through the bus, which says nothing where it knows of no subscription: here Mosquitto decides.
    tell: async (deviceId, path, text) => void (await gateway.publish(`gw/v1/${deviceId}/${path}`, text)),
    taken: () => owner.heard.filter(({ text }) => text !== 'begin'),
    untilTaken: count => owner.until(() => owner.heard.filter(({ text }) => text !== 'begin').length >= count),
    witness: await witnessOf(t, witnessPort),
    exceptions: { acknowledgesDenied: true, willsAnywhereUp: true, replacesClientIds: true },
  }
  const { cases, problems, verdicts } = await proveAccess(mosquitto, 20_260_105, WHOLE)
  assert.deepEqual(problems.slice(0, 12), [])
  assert.ok(cases >= 10_000, `${cases} cases`)
  assert.ok(verdicts.allowed > 1_500 && verdicts.denied > 4_000, JSON.stringify(verdicts))
})

async function witnessOf(t: TestContext, port: number): Promise<Witness> {
  // Not the log topics: each message of theirs would be logged too.
  const everything = ['#', '$SYS/gw/#', '$SYS/broker/clients'].map(topic => ({ topic, qos: 1 as const }))
  const present = await enter(t, port, 'witness')
  await present.subscribe(...everything)
  return {
    async passedOn() {
      // What was passed on before the answer to this has come before it.
      await present.ping()
      return present.received
    },
    async retained() {
      const later = await enter(t, port, 'later-witness')
      await later.subscribe(...everything)
      await later.ping()
      return later.received.filter(({ retained }) => retained)
    },
  }
}

async function enter(t: TestContext, port: number, clientId: string): Promise<Visitor> {
  const visitor = await Visitor.enter(port, { clientId, ...NOBODY })
  t.after(() => visitor.vanish())
  return visitor
}
