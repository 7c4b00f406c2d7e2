import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect, connectAsync } from 'mqtt'
import { ShopBroker } from '../../../device-sim/stage/shop-broker.ts'
import { MosquittoFilesError, writeMosquittoFiles } from '../../../gateway/broker/mosquitto-files.ts'
import { mosquittoHash, mosquittoHashFits } from '../../../gateway/devices/mosquitto-password.ts'
import { freePort } from '../../support/free-port.ts'
import { needsMosquitto } from '../../support/needs.ts'

const GATEWAY = { username: 'gateway', password: 'gateway-for-tests' }
const login = (deviceId: string, secret = `${deviceId}-for-tests`) => ({
  deviceId,
  mosquittoHash: mosquittoHash(secret),
})

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'vietqr-export-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test('a line fits its own password alone, and broken lines fit nothing', () => {
  const line = mosquittoHash('right')
  assert.match(line, /^\$7\$101\$[\w+/]{16}\$[\w+/]{86}==$/)
  assert.equal(mosquittoHashFits('right', line), true)
  assert.equal(mosquittoHashFits('wrong', line), false)
  // Written by mosquitto_passwd 2.0.11.
  const theirs =
    '$7$101$OTaYBZZYILPdJeyL$bEHhaXQYLUGoMh7aZw9D9SXaPubKACtA+eP8gcLFtWwiVMKyBz1vVC/fpgOzYrQ2rze2E8flGo2TQPZyDe05wQ=='
  assert.equal(mosquittoHashFits('secret1', theirs), true)
  for (const broken of ['', '$7$', '$6$abc$def', line.slice(0, -20), line.replace('$101$', '$0$')])
    assert.equal(mosquittoHashFits('right', broken), false, broken)
})

test('Mosquitto with the mosquitto.conf of this repository lets in who is exported, and nobody else', {
  skip: needsMosquitto(),
}, async () => {
  await using broker = await ShopBroker.prepare(await freePort())
  const { devices } = await writeMosquittoFiles(broker.exports, [login('sound-1')], GATEWAY)
  assert.equal(devices, 1)
  await broker.start()
  const enter = async (username: string, password: string): Promise<void> => {
    const client = await connectAsync(broker.url, { username, password, reconnectPeriod: 0, clientId: 'anything' })
    await client.endAsync()
  }
  await enter('sound-1', 'sound-1-for-tests')
  await enter(GATEWAY.username, GATEWAY.password)
  await assert.rejects(enter('sound-1', 'wrong'), /Not authorized/)
  await assert.rejects(enter('sound-2', 'sound-2-for-tests'), /Not authorized/)
  const stranger = connect(broker.url, { reconnectPeriod: 0 })
  const [error] = await new Promise<unknown[]>(resolve => stranger.once('error', (...args) => resolve(args)))
  assert.match(String(error), /Not authorized/)
})

test('the same logins again change nothing; another one changes the passwords only', async () => {
  await using place = await folder()
  const [one, two] = [login('sound-1'), login('sound-2')]
  const first = await writeMosquittoFiles(place.path, [one], GATEWAY)
  const text = await readFile(first.passwords, 'utf8')
  assert.deepEqual([first.changed, text.split('\n').length], [true, 3])
  assert.equal((await writeMosquittoFiles(place.path, [one], GATEWAY)).changed, false)
  assert.equal(await readFile(first.passwords, 'utf8'), text)
  const access = await stat(first.access)
  assert.equal((await writeMosquittoFiles(place.path, [one, two], GATEWAY)).changed, true)
  assert.equal((await stat(first.access)).ino, access.ino)
  const other = { ...GATEWAY, password: 'another-for-tests' }
  assert.equal((await writeMosquittoFiles(place.path, [one, two], other)).changed, true)
  assert.deepEqual((await readdir(place.path)).sort(), ['access', 'passwords'])
})

test('nobody else may read the files; the group of a setgid folder may', async () => {
  await using place = await folder()
  const mode = async (): Promise<string> => ((await stat(join(place.path, 'passwords'))).mode & 0o777).toString(8)
  await writeMosquittoFiles(place.path, [login('sound-1')], GATEWAY)
  assert.equal(await mode(), '600')
  await chmod(place.path, 0o2750)
  await writeMosquittoFiles(place.path, [], GATEWAY)
  assert.equal(await mode(), '640')
})

test('who cannot be let in is named: no password of Mosquitto, or the name of the gateway', async () => {
  await using place = await folder()
  const logins = [login('gateway'), { deviceId: 'old-1', mosquittoHash: null }, login('sound-1')]
  const { devices, withoutPassword, nameTaken, passwords } = await writeMosquittoFiles(place.path, logins, GATEWAY)
  assert.deepEqual(
    { devices, withoutPassword, nameTaken },
    { devices: 1, withoutPassword: ['old-1'], nameTaken: 'gateway' },
  )
  const names = (await readFile(passwords, 'utf8')).split('\n').map(line => line.split(':')[0])
  assert.deepEqual(names, ['gateway', 'sound-1', ''])
})

test('a user name the password file cannot hold is refused', async () => {
  await using place = await folder()
  for (const username of ['a:b', 'a\nb', '+', 'a/b', ' a']) {
    await assert.rejects(writeMosquittoFiles(place.path, [], { ...GATEWAY, username }), MosquittoFilesError)
  }
  assert.deepEqual(await readdir(place.path), [])
})
