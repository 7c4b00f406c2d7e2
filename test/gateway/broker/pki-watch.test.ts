import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import tls from 'node:tls'
import { ensurePki, type Pki } from '../../../gateway/broker/pki.ts'
import { PkiWatch } from '../../../gateway/broker/pki-watch.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { connect, RawClient, startBroker } from './support.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A broker with a TLS listener and a watch over its certificate, on a clock the test moves. */
async function scene(t: TestContext, start = Date.now()) {
  const dataDir = await mkdtemp(join(tmpdir(), 'pki-watch-'))
  t.after(() => rm(dataDir, { recursive: true }))
  const clock = new ManualClock(start)
  const read = () => ensurePki(dataDir, 'test-shop', [], new Date(clock.now()))
  const pki = await read()
  const lines: string[] = []
  const keep = (about: unknown, line?: string) => {
    lines.push(line ?? String(about))
  }
  const log = { debug: () => undefined, info: keep, warn: keep }
  const renewals = new PkiWatch({ dataDir, pki, read, clock, log })
  const listeners = [{ protocol: 'mqtts', host: '127.0.0.1', port: 0 } as const]
  const { port } = await startBroker(t, { listeners, tls: pki, renewals })
  const files = { ca: join(dataDir, 'pki/ca.pem'), server: join(dataDir, 'pki/server.pem') }
  /** Time goes on until the log says so. */
  const untilSaid = async (text: string, step = 10_000) => {
    const deadline = performance.now() + DEADLINE_MS
    while (performance.now() < deadline && !lines.some(line => line.includes(text))) {
      await clock.advance(step)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    assert.ok(
      lines.some(line => line.includes(text)),
      `${text}: ${lines.join('; ')}`,
    )
  }
  return { clock, lines, pki, port, files, untilSaid }
}

/** Files are really read and written meanwhile, on a machine that may be busy. */
const DEADLINE_MS = 20_000

async function shownBy(port: number, pki: Pki, options: tls.ConnectionOptions = {}): Promise<string> {
  const socket = tls.connect({ host: '127.0.0.1', port, ca: pki.caCert, ...options })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerX509Certificate() ?? {}
  socket.destroy()
  return fingerprint256 ?? 'none'
}

async function open(t: TestContext, port: number, pki: Pki): Promise<RawClient> {
  const socket = tls.connect({ host: '127.0.0.1', port, ca: pki.caCert })
  const client = await RawClient.over(t, socket, 'secureConnect')
  await client.login('till-1')
  return client
}

async function answers(client: RawClient): Promise<void> {
  const before = client.count('pingresp')
  client.say({ cmd: 'pingreq' })
  await client.until(() => client.count('pingresp') > before)
}

test('a certificate that grows old is made again while the gateway runs, and open connections stay', async t => {
  // It lasts 825 days and is made again when 400 are left; the new one has to be good today.
  const { clock, pki, port, untilSaid } = await scene(t, Date.now() - 500 * DAY)
  const client = await open(t, port, pki)
  const before = await shownBy(port, pki)
  clock.jump(424 * DAY)
  await clock.advance(13 * HOUR)
  assert.equal(await shownBy(port, pki), before)
  clock.jump(DAY)
  await untilSaid('shows a new certificate', 6 * HOUR)
  assert.notEqual(await shownBy(port, pki), before)
  await answers(client)
})

test('a certificate that was replaced on disk is shown within seconds', async t => {
  const { files, pki, port, untilSaid } = await scene(t)
  const client = await open(t, port, pki)
  const before = await shownBy(port, pki)
  await unlink(files.server)
  await untilSaid('shows a new certificate')
  assert.notEqual(await shownBy(port, pki), before)
  await answers(client)
})

test('a broken file changes nothing and is said once; a good one is taken up after it', async t => {
  const { clock, files, lines, pki, port, untilSaid } = await scene(t)
  const before = await shownBy(port, pki)
  const good = await readFile(files.server)
  await writeFile(files.server, 'half of a certif')
  await untilSaid('could not be read again')
  for (let look = 0; look < 5; look += 1) await clock.advance(10_000)
  assert.equal(lines.filter(line => line.includes('could not be read again')).length, 1)
  assert.equal(await shownBy(port, pki), before)
  await writeFile(files.server, good)
  await clock.advance(10_000)
  assert.equal(await shownBy(port, pki), before)
})

test('a CA that is gone is not made anew: devices would stay away for ever', async t => {
  const { clock, files, pki, port, untilSaid } = await scene(t)
  await rename(files.ca, `${files.ca}.away`)
  await untilSaid('could not be read again')
  await assert.rejects(readFile(files.ca))
  await connect(t, port, 'till-1', { protocol: 'mqtts', ca: pki.caCert })
  await rename(`${files.ca}.away`, files.ca)
  await clock.advance(10_000)
})

test('TLS 1.2 and 1.3 are spoken, 1.1 is not', async t => {
  const { pki, port } = await scene(t)
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    assert.match(await shownBy(port, pki, { minVersion: version, maxVersion: version }), /^[0-9A-F:]{95}$/)
  }
  const old = tls.connect({
    host: '127.0.0.1',
    port,
    ca: pki.caCert,
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  })
  const [error] = await once(old, 'error')
  assert.match(String(error), /protocol version|unsupported protocol|no protocols/i)
})
