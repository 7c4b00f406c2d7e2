import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { createServer } from 'node:tls'
import { type Authority, makeAuthority } from '../../support/certificates.ts'
import { EmbeddedHost } from './support/embedded-host.ts'
import { sessionFor } from './support/session.ts'

const DAY_MS = 86_400_000
const authority = await makeAuthority()
const stranger = await makeAuthority('Another authority')
const good = await authority.issue({ names: ['localhost', '127.0.0.1'] })

/** The first reason a session gives that trusts `trusted` only. */
async function refusal(t: TestContext, url: string, trusted: Authority = authority): Promise<string> {
  const { session, owner } = sessionFor(t, {
    url,
    ca: trusted.ca,
    username: 'partner',
    password: 'not-a-real-password',
  })
  await session.start()
  await owner.untilDown()
  await session.stop()
  assert.deepEqual(
    owner.changes.filter(change => change === 'up'),
    [],
  )
  return owner.changes[0] ?? ''
}

test('a host with a certificate of the trusted authority is used, by name and by address', async t => {
  await using host = await EmbeddedHost.open(good)
  for (const url of [host.url, host.url.replace('localhost', '127.0.0.1')]) {
    const { session, owner } = sessionFor(t, { url, ca: authority.ca })
    await session.setSubscriptions(['vietqr/bdsd/T1'])
    await session.start()
    await owner.untilUp()
    await host.publish('vietqr/bdsd/T1', 'paid')
    await owner.untilMessages(1)
    await session.stop()
  }
})

test('a host with a certificate of an unknown authority is refused in words', async t => {
  await using host = await EmbeddedHost.open(good)
  assert.match(await refusal(t, host.url, stranger), /comes from an unknown authority.*host\.caFile/)
})

test('without a private authority only the public ones are trusted', async t => {
  await using host = await EmbeddedHost.open(good)
  const { session, owner } = sessionFor(t, { url: host.url })
  await session.start()
  await owner.untilDown()
  assert.match(owner.lastReason, /host\.caFile/)
})

test('a host with a certificate for another name is refused with the names it has', async t => {
  await using host = await EmbeddedHost.open(await authority.issue({ names: ['broker.example', '192.0.2.7'] }))
  assert.match(await refusal(t, host.url), /is for broker\.example, 192\.0\.2\.7, not for localhost/)
})

test('an expired certificate and one not valid yet are refused in words', async t => {
  const names = ['localhost']
  const past = { names, notBefore: new Date(Date.now() - 2 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) }
  const future = { names, notBefore: new Date(Date.now() + DAY_MS), notAfter: new Date(Date.now() + 2 * DAY_MS) }
  await using expired = await EmbeddedHost.open(await authority.issue(past))
  assert.match(await refusal(t, expired.url), /has expired/)
  await using early = await EmbeddedHost.open(await authority.issue(future))
  assert.match(await refusal(t, early.url), /not valid yet.*clock/)
})

test('NODE_TLS_REJECT_UNAUTHORIZED=0 relaxes nothing', async t => {
  await using host = await EmbeddedHost.open(good)
  const emitWarning = t.mock.method(process, 'emitWarning', () => {})
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  t.after(() => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    emitWarning.mock.restore()
  })
  assert.match(await refusal(t, host.url, stranger), /unknown authority/)
})

test('the login is not sent to a host whose certificate was not accepted', async t => {
  const received: Buffer[] = []
  const server = createServer(good, socket => {
    socket.on('error', () => {})
    socket.on('data', chunk => received.push(chunk))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'))
  await refusal(t, `mqtts://localhost:${port}`, stranger)
  await closed
  assert.equal(Buffer.concat(received).length, 0)
})

test('a host that wants a client certificate gets it, and is told about in words when there is none', async t => {
  await using host = await EmbeddedHost.open({ ...good, ca: stranger.ca, requestCert: true, rejectUnauthorized: true })
  assert.match(await refusal(t, host.url), /client certificate/)
  const own = await stranger.issue({ names: ['vietqr-gateway-test'] })
  const { session, owner } = sessionFor(t, { url: host.url, ca: authority.ca, ...own })
  await session.start()
  await owner.untilUp()
})

test('TLS spoken to a port without TLS, and MQTT without TLS to a TLS port, are told in words', async t => {
  await using open = await EmbeddedHost.open()
  assert.match(await refusal(t, open.url.replace('mqtt:', 'mqtts:')), /without TLS/)
  await using secure = await EmbeddedHost.open(good)
  assert.match(await refusal(t, secure.url.replace('mqtts:', 'mqtt:')), /TLS port.*mqtts:\/\//)
})

test('no words about a failure hold the password', async t => {
  await using host = await EmbeddedHost.open(good)
  host.broker.authenticate = (_client, _username, _password, done) => {
    done(Object.assign(new Error('bad login'), { returnCode: 4 }), null)
  }
  const words = await refusal(t, host.url)
  assert.match(words, /refused the login \(4\)/)
  assert.doesNotMatch(words, /not-a-real-password/)
})
