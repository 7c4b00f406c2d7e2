import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { HostSettingsError } from '../../../gateway/host/transport.ts'
import { HandClock } from '../../support/hand-clock.ts'
import { ScriptedHost } from './support/scripted-host.ts'
import { quickReconnects, sessionFor } from './support/session.ts'

/** Runs the small program until it ends by itself, for five seconds at most. */
async function startAndStop(url: string): Promise<string> {
  const program = join(import.meta.dirname, 'support', 'start-and-stop.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, url], { timeout: 5_000 })
  return stdout
}

test('the link is up only after the host has answered for every subscription', async t => {
  await using host = await new ScriptedHost().listen()
  host.manners.grant = undefined
  const { session, owner } = sessionFor(t, { url: host.url })
  await session.setSubscriptions(['vietqr/bdsd/T1', 'vietqr/response/T1'])
  await session.start()
  const caller = await host.caller()
  await caller.untilReceived('subscribe')
  assert.equal(session.up, false)
  await assert.rejects(session.publish('vietqr/request/T1', '{}'), { name: 'HostDownError', code: 'HOST_DOWN' })
  const messageId = caller.packets('subscribe')[0]?.messageId ?? 0
  caller.send({ cmd: 'suback', messageId, granted: [1, 1] })
  await owner.untilUp()
  assert.equal(session.up, true)
  assert.equal(session.reason, '')
  await session.publish('vietqr/request/T1', '{}')
  assert.deepEqual(
    caller.received.map(packet => packet.cmd),
    ['connect', 'subscribe', 'publish'],
  )
})

test('CONNECT is MQTT 3.1.1 with the login, the client id and the kind of session asked for', async t => {
  await using host = await new ScriptedHost().listen()
  const login = { username: 'partner', password: 'not-a-real-password', clientId: 'vietqr-gateway-shop', clean: false }
  const { session, owner } = sessionFor(t, { url: host.url, ...login, keepaliveSeconds: 45 })
  await session.start()
  await owner.untilUp()
  const connect = (await host.caller()).received[0]
  assert.ok(connect?.cmd === 'connect')
  assert.equal(connect.protocolVersion, 4)
  assert.equal(connect.protocolId, 'MQTT')
  assert.equal(connect.clientId, 'vietqr-gateway-shop')
  assert.equal(connect.clean, false)
  assert.equal(connect.keepalive, 45)
  assert.equal(connect.username, 'partner')
  assert.equal(String(connect.password), 'not-a-real-password')
  assert.equal(connect.will, undefined)
})

test('the whole list is subscribed again on every connect, also when the host has kept the session', async t => {
  quickReconnects(t)
  await using host = await new ScriptedHost().listen()
  host.manners.sessionPresent = true
  const { session, owner } = sessionFor(t, { url: host.url, clean: false })
  await session.setSubscriptions(['a', 'b'])
  await session.start()
  await owner.untilUp()
  ;(await host.caller()).destroy()
  await owner.untilUp(2)
  const again = (await host.caller(2)).packets('subscribe')[0]
  assert.ok(again?.cmd === 'subscribe')
  assert.deepEqual(
    again.subscriptions.map(({ topic, qos }) => [topic, qos]),
    [
      ['a', 1],
      ['b', 1],
    ],
  )
})

test('a message is published at QoS 1, not retained, and answered when the host has acknowledged', async t => {
  await using host = await new ScriptedHost().listen()
  host.manners.puback = false
  const { session, owner } = sessionFor(t, { url: host.url })
  await session.start()
  await owner.untilUp()
  let done = false
  const published = session.publish('vietqr/request/T1', '{"amount":1000}').then(() => {
    done = true
  })
  const caller = await host.caller()
  await caller.untilReceived('publish')
  const packet = caller.packets('publish')[0]
  assert.ok(packet?.cmd === 'publish')
  assert.deepEqual([packet.qos, packet.retain, packet.dup], [1, false, false])
  assert.equal(String(packet.payload), '{"amount":1000}')
  assert.equal(done, false)
  caller.send({ cmd: 'puback', messageId: packet.messageId ?? 0 })
  await published
})

test('publishing while the link is down rejects: before the start, and after the stop', async t => {
  await using host = await new ScriptedHost().listen()
  const { session, owner } = sessionFor(t, { url: host.url })
  await assert.rejects(session.publish('a', 'x'), { code: 'HOST_DOWN', message: /not started/ })
  await session.start()
  await owner.untilUp()
  await session.stop()
  await assert.rejects(session.publish('a', 'x'), { code: 'HOST_DOWN', message: /stopped/ })
  assert.equal((await host.caller()).packets('publish').length, 0)
})

for (const clean of [true, false]) {
  test(`a publish in flight when the link is lost rejects and is never sent again (clean: ${clean})`, async t => {
    quickReconnects(t)
    await using host = await new ScriptedHost().listen()
    host.manners.puback = false
    host.manners.sessionPresent = !clean
    const { session, owner } = sessionFor(t, { url: host.url, clean })
    await session.start()
    await owner.untilUp()
    const lost = session.publish('vietqr/request/T1', 'lost')
    const first = await host.caller()
    await first.untilReceived('publish')
    first.destroy()
    await assert.rejects(lost, { code: 'HOST_DOWN', message: /may have received/ })
    await owner.untilUp(2)
    host.manners.puback = true
    await session.publish('vietqr/request/T1', 'new')
    const second = await host.caller(2)
    assert.deepEqual(
      second.packets('publish').map(packet => packet.cmd === 'publish' && String(packet.payload)),
      ['new'],
    )
  })
}

test('a topic MQTT does not allow is refused and does not cost the link', async t => {
  await using host = await new ScriptedHost().listen()
  const { session, owner } = sessionFor(t, { url: host.url })
  await session.start()
  await owner.untilUp()
  await assert.rejects(session.publish('vietqr/request/T+', 'x'), { code: 'HOST_TOPIC' })
  await assert.rejects(session.setSubscriptions(['a#']), { code: 'HOST_TOPIC' })
  await session.publish('vietqr/request/T1', 'x')
  assert.equal(session.up, true)
})

test('a message that was not stored ends the connection unacknowledged, with the reason in words', async t => {
  await using host = await new ScriptedHost().listen()
  const { session, owner } = sessionFor(t, { url: host.url })
  owner.store = () => Promise.reject(Object.assign(new Error('private details'), { code: 'SQLITE_FULL' }))
  await session.start()
  await owner.untilUp()
  const caller = await host.caller()
  caller.publish(1, 'payment')
  await caller.untilClosed()
  await owner.untilDown()
  assert.deepEqual(caller.acknowledged, [])
  assert.match(owner.lastReason, /not stored \(SQLITE_FULL\).*sends it again/)
  assert.doesNotMatch(owner.lastReason, /private/)
})

test('each end of the link is told once, and each new reason why it does not come back', async t => {
  await using host = await new ScriptedHost().listen()
  const clock = new HandClock()
  const { session, owner } = sessionFor(t, { url: host.url }, clock)
  await session.start()
  await owner.untilUp()
  const upSince = session.since
  clock.advance(5_000)
  host.manners.connack = 3
  ;(await host.caller()).destroy()
  await owner.untilDown()
  const downSince = session.since
  assert.equal(downSince, upSince + 5_000)
  for (let call = 2; call <= 6; call += 1) {
    clock.advance(2_000)
    await (await host.caller(call)).untilClosed()
    // Closed at the host's end is not yet known at ours.
    await clock.untilPlanned()
  }
  assert.match(owner.changes.join('\n'), /^up\n.* closed the connection\..*\n.*not available now; it is tried again\.$/)
  assert.equal(session.since, downSince)
  assert.equal(session.reason, owner.lastReason)
})

test('stop says DISCONNECT after acknowledging what is about to be stored', async t => {
  await using host = await new ScriptedHost().listen()
  const { session, owner } = sessionFor(t, { url: host.url })
  const disk = Promise.withResolvers<void>()
  owner.store = () => disk.promise
  await session.start()
  await owner.untilUp()
  const caller = await host.caller()
  caller.publish(1, 'payment')
  await owner.untilMessages(1)
  const stopped = session.stop()
  disk.resolve()
  await stopped
  await caller.untilClosed()
  assert.deepEqual(
    caller.received.map(packet => packet.cmd),
    ['connect', 'puback', 'disconnect'],
  )
  assert.deepEqual(owner.changes, ['up', 'The link to the host is stopped.'])
})

test('after stop nothing is left that keeps the process alive', async () => {
  const host = await new ScriptedHost().listen()
  assert.equal(await startAndStop(host.url), 'was up')
  await host.close()
  assert.equal(await startAndStop(host.url), 'was down')
})

test('stop ends a link that is only connecting or waiting', async t => {
  const host = await new ScriptedHost().listen()
  host.manners.connack = undefined
  const connecting = sessionFor(t, { url: host.url })
  await connecting.session.start()
  await (await host.caller()).untilReceived('connect')
  await connecting.session.stop()
  await (await host.caller()).untilClosed()
  await host.close()
  const waiting = sessionFor(t, { url: host.url }, new HandClock())
  await waiting.session.start()
  await waiting.owner.untilDown()
  await waiting.session.stop()
  assert.equal(host.callers.length, 1)
})

test('settings with which nothing can be tried are refused at the start, without repeating them', async t => {
  const password = 'not-a-real-password'
  for (const url of ['', 'broker.example', 'https://broker.example', `mqtt://u:${password}@`, 'mqtts://']) {
    const { session } = sessionFor(t, { url })
    await assert.rejects(session.start(), (error: Error) => {
      assert.ok(error instanceof HostSettingsError)
      assert.doesNotMatch(error.message, new RegExp(password))
      return true
    })
  }
  const { session } = sessionFor(t, { url: 'mqtts://127.0.0.1:1', ca: 'not a certificate', cert: 'x', key: 'y' })
  await assert.rejects(session.start(), { code: 'HOST_SETTINGS' })
})
