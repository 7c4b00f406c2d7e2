import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeAuthority } from '../../support/certificates.ts'
import { startMosquitto } from '../../support/mosquitto.ts'
import { needsMosquitto } from '../../support/needs.ts'
import { quickReconnects, sessionFor } from './support/session.ts'

const TOPIC = 'vietqr/bdsd/T1'
const options = { skip: needsMosquitto() }
const passwords = { partner: 'not-a-real-password', vietqr: 'not-a-real-one-either' }
const gateway = { username: 'partner', password: passwords.partner }
const server = { username: 'vietqr', password: passwords.vietqr, clientId: 'vietqr-server' }

test('over TLS with a login, messages go both ways', options, async t => {
  const authority = await makeAuthority()
  const tls = await authority.issue({ names: ['localhost'] })
  await using host = await startMosquitto({ tls, passwords })
  const { session, owner } = sessionFor(t, { url: host.url, ca: authority.ca, ...gateway })
  const vietqr = sessionFor(t, { url: host.url, ca: authority.ca, ...server })
  await session.setSubscriptions([TOPIC])
  await vietqr.session.setSubscriptions(['vietqr/request/#'])
  await Promise.all([session.start(), vietqr.session.start()])
  await Promise.all([owner.untilUp(), vietqr.owner.untilUp()])
  await vietqr.session.publish(TOPIC, 'đã nhận tiền')
  await session.publish('vietqr/request/T1', '{}')
  await Promise.all([owner.untilMessages(1), vietqr.owner.untilMessages(1)])
  assert.deepEqual(owner.payloads, ['đã nhận tiền'])
})

test('a wrong password is refused in words that do not hold it', options, async t => {
  await using host = await startMosquitto({ passwords })
  const { session, owner } = sessionFor(t, { url: host.url, username: 'partner', password: 'wrong-password' })
  await session.start()
  await owner.untilDown()
  assert.match(owner.lastReason, /not allow this login.*host\.passwordFile/)
  assert.doesNotMatch(owner.lastReason, /wrong-password/)
})

test('TLS spoken to a port without TLS, and the other way round, is told in words', options, async t => {
  const authority = await makeAuthority()
  await using plain = await startMosquitto()
  await using secure = await startMosquitto({ tls: await authority.issue({ names: ['localhost'] }) })
  const one = sessionFor(t, { url: plain.url.replace('mqtt:', 'mqtts:') })
  const other = sessionFor(t, { url: secure.url.replace('mqtts:', 'mqtt:') })
  await Promise.all([one.session.start(), other.session.start()])
  await Promise.all([one.owner.untilDown(), other.owner.untilDown()])
  assert.match(one.owner.lastReason, /without TLS/)
  assert.match(other.owner.lastReason, /TLS port.*mqtts:\/\//)
})

test('a persistent session receives in order what came while the gateway was away', options, async t => {
  await using host = await startMosquitto()
  const first = sessionFor(t, { url: host.url, clean: false })
  await first.session.setSubscriptions([TOPIC])
  await first.session.start()
  await first.owner.untilUp()
  await first.session.stop()
  const vietqr = sessionFor(t, { url: host.url, clientId: server.clientId })
  await vietqr.session.start()
  await vietqr.owner.untilUp()
  const payments = Array.from({ length: 90 }, (_, index) => `payment ${index}`)
  await Promise.all(payments.map(payment => vietqr.session.publish(TOPIC, payment)))
  const second = sessionFor(t, { url: host.url, clean: false })
  await second.session.setSubscriptions([TOPIC])
  await second.session.start()
  await second.owner.untilMessages(90)
  assert.deepEqual(second.owner.payloads, payments)
})

test('what was not acknowledged is sent again after the reconnect, what was acknowledged is not', options, async t => {
  quickReconnects(t)
  await using host = await startMosquitto()
  const { session, owner } = sessionFor(t, { url: host.url, clean: false })
  const vietqr = sessionFor(t, { url: host.url, clientId: server.clientId })
  owner.store = ({ payload }) =>
    payload === 'third' && owner.messages.length <= 3 ? Promise.reject(new Error('disk full')) : Promise.resolve()
  await session.setSubscriptions([TOPIC])
  await Promise.all([session.start(), vietqr.session.start()])
  await Promise.all([owner.untilUp(), vietqr.owner.untilUp()])
  await vietqr.session.publish(TOPIC, 'first')
  await vietqr.session.publish(TOPIC, 'second')
  await owner.untilMessages(2)
  await vietqr.session.publish(TOPIC, 'third')
  await owner.untilUp(2)
  await owner.untilMessages(4)
  await vietqr.session.publish(TOPIC, 'fourth')
  await owner.untilMessages(5)
  assert.deepEqual(owner.payloads, ['first', 'second', 'third', 'third', 'fourth'])
})

test(
  'a message larger than 4 MiB is taken by its beginning, once; the link stays and the next message is heard',
  options,
  async t => {
    await using host = await startMosquitto()
    const first = sessionFor(t, { url: host.url, clean: false })
    const vietqr = sessionFor(t, { url: host.url, clientId: server.clientId })
    await first.session.setSubscriptions([TOPIC])
    await Promise.all([first.session.start(), vietqr.session.start()])
    await Promise.all([first.owner.untilUp(), vietqr.owner.untilUp()])
    const most = 4 * 1024 * 1024 - 2 - TOPIC.length - 2
    await vietqr.session.publish(TOPIC, 'x'.repeat(most))
    await vietqr.session.publish(TOPIC, 'y'.repeat(most + 1))
    await vietqr.session.publish(TOPIC, 'next')
    await first.owner.untilMessages(3)
    assert.deepEqual(
      first.owner.messages.map(({ payload, cutFrom }) => [payload.slice(0, 4), payload.length, cutFrom]),
      [
        ['xxxx', most, null],
        ['yyyy', 1024, 4 * 1024 * 1024 + 1],
        ['next', 4, null],
      ],
    )
    assert.deepEqual(first.owner.changes, ['up'])
    await first.session.stop()
    await vietqr.session.publish(TOPIC, 'after')
    const second = sessionFor(t, { url: host.url, clean: false })
    await second.session.setSubscriptions([TOPIC])
    await second.session.start()
    await second.owner.untilMessages(1)
    assert.deepEqual(second.owner.payloads, ['after'], 'what was too large was acknowledged')
  },
)

test('a message too large that could not be stored is sent again', options, async t => {
  quickReconnects(t)
  await using host = await startMosquitto()
  const { session, owner } = sessionFor(t, { url: host.url, clean: false })
  const vietqr = sessionFor(t, { url: host.url, clientId: server.clientId })
  owner.store = () => (owner.messages.length === 1 ? Promise.reject(new Error('disk full')) : Promise.resolve())
  await session.setSubscriptions([TOPIC])
  await Promise.all([session.start(), vietqr.session.start()])
  await Promise.all([owner.untilUp(), vietqr.owner.untilUp()])
  await vietqr.session.publish(TOPIC, 'z'.repeat(5 * 1024 * 1024))
  await owner.untilMessages(2)
  assert.ok(owner.messages.every(({ cutFrom }) => cutFrom !== null && cutFrom > 5 * 1024 * 1024))
})

test('after a restart of the broker the link is up again within two seconds, with its session', options, async t => {
  await using host = await startMosquitto()
  const { session, owner } = sessionFor(t, { url: host.url, clean: false })
  const vietqr = sessionFor(t, { url: host.url, clientId: server.clientId })
  await session.setSubscriptions([TOPIC])
  await Promise.all([session.start(), vietqr.session.start()])
  await Promise.all([owner.untilUp(), vietqr.owner.untilUp()])
  await host.restart()
  const from = performance.now()
  await Promise.all([owner.untilUp(2), vietqr.owner.untilUp(2)])
  assert.ok(performance.now() - from < 2_000)
  await vietqr.session.publish(TOPIC, 'paid')
  await owner.untilMessages(1)
})

test('another client with the same client id is named as the likely cause of being thrown out', options, async t => {
  await using host = await startMosquitto()
  const one = sessionFor(t, { url: host.url })
  await one.session.start()
  await one.owner.untilUp()
  const other = sessionFor(t, { url: host.url })
  await other.session.start()
  await one.owner.untilDown()
  assert.match(one.owner.lastReason, /another client uses the client id vietqr-gateway-test/)
  await Promise.all([one.session.stop(), other.session.stop()])
})

test('a thousand topics are subscribed and heard', options, async t => {
  await using host = await startMosquitto()
  const { session, owner } = sessionFor(t, { url: host.url })
  await session.setSubscriptions(Array.from({ length: 1_000 }, (_, index) => `vietqr/bdsd/T${index}`))
  await session.start()
  await owner.untilUp()
  assert.deepEqual(session.refusedTopics, [])
  await session.publish('vietqr/bdsd/T999', 'heard')
  await owner.untilMessages(1)
})
