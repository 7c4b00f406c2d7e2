import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import tls from 'node:tls'
import { ensurePki, PkiError } from '../../../gateway/broker/pki.ts'
import { connect, connectPacket, next, RawClient, startBroker } from './support.ts'

const NOW = new Date('2026-03-01T08:00:00Z')
const SITE = 'quan-thu-01'
const DAY = 86_400_000

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'pki-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

function later(days: number): Date {
  return new Date(NOW.getTime() + days * DAY)
}

async function broken(promise: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof PkiError, String(error))
    assert.equal(error.code, 'PKI_UNUSABLE')
    assert.match(error.message, message)
    return true
  })
}

test('a CA for 20 years and a server certificate for every name are made on first need, keys readable by the owner alone', async t => {
  const dataDir = await folder(t)
  const pki = await ensurePki(dataDir, SITE, ['cua-hang.example', '192.168.10.1'], NOW)
  const ca = new X509Certificate(pki.caCert)
  assert.deepEqual([ca.ca, ca.subject], [true, `CN=VietQR Gateway ${SITE}`])
  assert.equal(ca.validToDate.toISOString(), '2046-03-01T08:00:00.000Z')
  assert.equal(pki.caFingerprint, createHash('sha256').update(ca.raw).digest('hex'))

  const server = new X509Certificate(pki.cert)
  assert.equal(server.ca, false)
  assert.ok(server.verify(ca.publicKey) && server.checkIssued(ca))
  for (const name of ['cua-hang.example', 'localhost', hostname()]) assert.ok(server.checkHost(name), name)
  for (const address of ['192.168.10.1', '127.0.0.1', '::1']) assert.ok(server.checkIP(address), address)
  assert.equal(server.checkHost('other.example'), undefined)
  assert.ok(server.validFromDate < NOW && server.validToDate <= later(825))
  assert.ok(pki.cert.endsWith(pki.caCert))

  const files = await readdir(join(dataDir, 'pki'))
  assert.deepEqual(files.sort(), ['ca.crt', 'ca.pem', 'server.pem'])
  for (const file of ['ca.pem', 'server.pem']) {
    assert.equal((await stat(join(dataDir, 'pki', file))).mode & 0o777, 0o600)
  }
  assert.equal((await stat(join(dataDir, 'pki'))).mode & 0o777, 0o700)
  assert.equal(await readFile(join(dataDir, 'pki', 'ca.crt'), 'utf8'), pki.caCert)
})

test('what was made is used again', async t => {
  const dataDir = await folder(t)
  const first = await ensurePki(dataDir, SITE, ['cua-hang.example'], NOW)
  assert.deepEqual(await ensurePki(dataDir, SITE, ['cua-hang.example'], later(300)), first)
  assert.deepEqual(await ensurePki(dataDir, 'other-site', ['CUA-HANG.example', 'localhost'], later(300)), first)
})

test('another name, or age, makes a new server certificate from the same CA', async t => {
  const dataDir = await folder(t)
  const first = await ensurePki(dataDir, SITE, [], NOW)
  const renamed = await ensurePki(dataDir, SITE, ['10.0.0.7'], NOW)
  const renewed = await ensurePki(dataDir, SITE, ['10.0.0.7'], later(500))
  for (const { caCert, caFingerprint } of [renamed, renewed]) {
    assert.deepEqual([caCert, caFingerprint], [first.caCert, first.caFingerprint])
  }
  assert.equal(new Set([first.key, renamed.key, renewed.key]).size, 3)
  assert.ok(new X509Certificate(renamed.cert).checkIP('10.0.0.7'))
  assert.ok(new X509Certificate(renewed.cert).validToDate > later(1_000))
})

test('a CA near its end is used to its last day, and its end is said', async t => {
  const dataDir = await folder(t)
  const first = await ensurePki(dataDir, SITE, [], NOW)
  const days = 20 * 365
  const old = await ensurePki(dataDir, SITE, [], later(days))
  assert.equal(new X509Certificate(old.cert).validTo, new X509Certificate(first.caCert).validTo)
  assert.deepEqual(await ensurePki(dataDir, SITE, [], later(days)), old)
  await broken(ensurePki(dataDir, SITE, [], later(days + 30)), /ca\.pem: the CA expired on .*clock.*pair/)
})

test('several at once end with one CA', async t => {
  const dataDir = await folder(t)
  const all = await Promise.all(Array.from({ length: 8 }, () => ensurePki(dataDir, SITE, [], NOW)))
  const authorities = new Set(all.map(({ caCert }) => caCert))
  assert.deepEqual([...authorities], [await readFile(join(dataDir, 'pki', 'ca.crt'), 'utf8')])
  const ca = new X509Certificate(all[0]?.caCert ?? '')
  for (const { cert } of all) assert.ok(new X509Certificate(cert).verify(ca.publicKey))
  assert.equal((await readdir(join(dataDir, 'pki'))).length, 3)
})

test('a broken or half-written file is named, with what to do, and left as it is', async t => {
  const dataDir = await folder(t)
  const { cert, key, caCert } = await ensurePki(dataDir, SITE, [], NOW)
  const caFile = join(dataDir, 'pki', 'ca.pem')
  const serverFile = join(dataDir, 'pki', 'server.pem')
  const good = await readFile(caFile, 'utf8')
  const garbled = good.replace('\n', '\n!!!!')
  for (const text of ['', 'nonsense', good.slice(0, good.length / 2), caCert, garbled]) {
    await writeFile(caFile, text)
    await broken(ensurePki(dataDir, SITE, [], NOW), /pki\/ca\.pem .*backup.*pair every/)
    assert.equal(await readFile(caFile, 'utf8'), text)
  }
  await writeFile(caFile, caCert + key)
  await broken(ensurePki(dataDir, SITE, [], NOW), /ca\.pem: the key does not belong/)
  await writeFile(caFile, cert.slice(0, cert.indexOf(caCert)) + key)
  await broken(ensurePki(dataDir, SITE, [], NOW), /ca\.pem holds a certificate that is no CA/)
  await writeFile(caFile, good)
  await truncate(serverFile, 300)
  await broken(ensurePki(dataDir, SITE, [], NOW), /server\.pem .*delete it/)
})

test('after the CA was moved away a new one signs a new server certificate', async t => {
  const dataDir = await folder(t)
  const first = await ensurePki(dataDir, SITE, [], NOW)
  await rm(join(dataDir, 'pki', 'ca.pem'))
  const second = await ensurePki(dataDir, SITE, [], NOW)
  assert.notEqual(second.caFingerprint, first.caFingerprint)
  assert.ok(new X509Certificate(second.cert).verify(new X509Certificate(second.caCert).publicKey))
  assert.equal(await readFile(join(dataDir, 'pki', 'ca.crt'), 'utf8'), second.caCert)
})

test('a name that no certificate can carry is refused', async t => {
  const dataDir = await folder(t)
  for (const name of ['', 'two words', '*', 'a..b', 'https://cua-hang.example', 'cửa-hàng']) {
    await broken(ensurePki(dataDir, SITE, [name], NOW), /neither a host name nor an IP address/)
  }
})

test('a device that trusts only this CA connects over TLS by name and by address, and to nobody else', async t => {
  const pki = await ensurePki(await folder(t), SITE, ['cua-hang.example'], new Date())
  const other = await ensurePki(await folder(t), SITE, [], new Date())
  const { broker, owner, port } = await startBroker(t, {
    listeners: [{ protocol: 'mqtts', host: '127.0.0.1', port: 0 }],
    tls: pki,
  })
  assert.deepEqual(broker.addresses(), [{ protocol: 'mqtts', host: '127.0.0.1', port }])
  const secure = { protocol: 'mqtts', ca: pki.caCert, rejectUnauthorized: true } as const
  await connect(t, port, 'till-0', secure)
  const client = await connect(t, port, 'till-1', { ...secure, servername: 'cua-hang.example' })
  await client.subscribeAsync('gw/v1/till-1/down/#', { qos: 1 })
  const message = next(client, 'message')
  await broker.send('till-1', 'down/order', 'x'.repeat(50_000))
  await message
  await client.publishAsync('gw/v1/till-1/up/status', 'y'.repeat(60_000), { qos: 1 })
  assert.equal(owner.heard[0]?.text.length, 60_000)

  await assert.rejects(connect(t, port, 'till-2', { ...secure, servername: 'other.example' }), /altname|alt/i)
  await assert.rejects(connect(t, port, 'till-2', { ...secure, ca: other.caCert }), /certificate/)
  await assert.rejects(connect(t, port, 'till-2', { ...secure, password: 'wrong' }), /Bad username or password/)
})

test('over TLS too a packet of 1 MB, a plain MQTT client and an unfinished handshake end only themselves', async t => {
  const pki = await ensurePki(await folder(t), SITE, [], new Date())
  const listeners = [{ protocol: 'mqtts', host: '127.0.0.1', port: 0 } as const]
  const { broker, owner, port } = await startBroker(t, {
    listeners,
    tls: pki,
    limits: { loginTimeout: 300, strangers: 3 },
  })
  const client = await connect(t, port, 'till-1', { protocol: 'mqtts', ca: pki.caCert })
  const unfinished = await RawClient.open(t, port)
  const plain = await RawClient.open(t, port)
  plain.say(connectPacket('till-2'))
  const socket = tls.connect({ host: '127.0.0.1', port, ca: pki.caCert })
  const rude = await RawClient.over(t, socket, 'secureConnect')
  await rude.login('till-3')
  rude.socket.write(Buffer.from([0x30, 0x80, 0x80, 0x40]))
  await Promise.all([rude.ended(), plain.ended(), unfinished.ended()])
  await client.publishAsync('gw/v1/till-1/up/status', '{}', { qos: 1 })
  for (const deviceId of ['till-2', 'till-3', 'till-4']) {
    await connect(t, port, deviceId, { protocol: 'mqtts', ca: pki.caCert })
  }
  const stopped = next(client, 'close')
  await broker.stop()
  await stopped
  assert.equal(owner.present.filter(news => news.endsWith(' off')).length, 5)
})
