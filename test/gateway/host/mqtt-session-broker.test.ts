import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EmbeddedHost } from './support/embedded-host.ts'
import { quickReconnects, sessionFor } from './support/session.ts'

const TOPIC = 'vietqr/bdsd/T1'

test('a refused subscription is listed and does not hold the others back', async t => {
  await using host = await EmbeddedHost.open()
  host.broker.authorizeSubscribe = (_client, subscription, done) => {
    done(null, subscription.topic.startsWith('secret/') ? null : subscription)
  }
  const { session, owner } = sessionFor(t, { url: host.url })
  await session.setSubscriptions(['secret/a', TOPIC, 'secret/b'])
  await session.start()
  await owner.untilUp()
  assert.deepEqual(session.refusedTopics, ['secret/a', 'secret/b'])
  await host.publish(TOPIC, 'paid')
  await owner.untilMessages(1)
  await session.setSubscriptions([TOPIC])
  assert.deepEqual(session.refusedTopics, [])
})

test('a changed list takes effect while the link is up', async t => {
  await using host = await EmbeddedHost.open()
  const { session, owner } = sessionFor(t, { url: host.url })
  await session.setSubscriptions(['a', 'b'])
  await session.start()
  await owner.untilUp()
  await session.setSubscriptions(['b', 'c'])
  await host.publish('a', 'no longer wanted')
  await host.publish('c', 'wanted')
  await host.publish('b', 'still wanted')
  await owner.untilMessages(2)
  assert.deepEqual(owner.payloads, ['wanted', 'still wanted'])
})

test('a list changed while the link is down is subscribed when it comes up', async t => {
  quickReconnects(t)
  await using host = await EmbeddedHost.open()
  const { session, owner } = sessionFor(t, { url: host.url, clean: false })
  await session.setSubscriptions(['a'])
  await session.start()
  await owner.untilUp()
  await host.shut()
  await owner.untilDown()
  await session.setSubscriptions(['b'])
  await host.reopen()
  await owner.untilUp(2)
  await host.publish('a', 'no longer wanted')
  await host.publish('b', 'wanted')
  await owner.untilMessages(1)
  assert.deepEqual(owner.payloads, ['wanted'])
})

test('a retained message is marked as such, a live one is not', async t => {
  await using host = await EmbeddedHost.open()
  await host.publish(TOPIC, 'old', { retain: true })
  const { session, owner } = sessionFor(t, { url: host.url })
  await session.setSubscriptions([TOPIC])
  await session.start()
  await owner.untilMessages(1)
  await host.publish(TOPIC, 'live')
  await owner.untilMessages(2)
  assert.deepEqual(
    owner.messages.map(({ payload, retained }) => [payload, retained]),
    [
      ['old', true],
      ['live', false],
    ],
  )
})

test('the link is back within two seconds of a host that was away for a moment', async t => {
  await using host = await EmbeddedHost.open()
  const { session, owner } = sessionFor(t, { url: host.url })
  await session.start()
  await owner.untilUp()
  await host.shut()
  await owner.untilDown()
  await host.reopen()
  const from = performance.now()
  await owner.untilUp(2)
  assert.ok(performance.now() - from < 2_000)
  await session.publish('vietqr/request/T1', '{}')
})

test('a message that was not stored is sent again after the reconnect', async t => {
  quickReconnects(t)
  await using host = await EmbeddedHost.open()
  const { session, owner } = sessionFor(t, { url: host.url, clean: false })
  owner.store = () => (owner.messages.length === 1 ? Promise.reject(new Error('disk full')) : Promise.resolve())
  await session.setSubscriptions([TOPIC])
  await session.start()
  await owner.untilUp()
  await host.publish(TOPIC, 'paid')
  await owner.untilMessages(2)
  assert.deepEqual(owner.payloads, ['paid', 'paid'])
  assert.match(owner.lastReason, /sends it again/)
})

test('messages are taken in while earlier ones are still being stored', async t => {
  await using host = await EmbeddedHost.open()
  const { session, owner } = sessionFor(t, { url: host.url })
  const disk = Promise.withResolvers<void>()
  owner.store = () => disk.promise
  await session.setSubscriptions([TOPIC])
  await session.start()
  await owner.untilUp()
  for (let payment = 1; payment <= 50; payment += 1) await host.publish(TOPIC, `payment ${payment}`)
  await owner.untilMessages(50)
  disk.resolve()
  await session.stop()
})
