import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { MosquittoKeeper } from '../../../gateway/broker/mosquitto-keeper.ts'
import { rememberExport } from '../../../gateway/broker/mosquitto-logins.ts'
import { parseSettings } from '../../../gateway/config/load.ts'
import { createLogger } from '../../../gateway/log.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { Logins } from './shop-mosquitto.ts'

/** A gateway whose Mosquitto is a command that writes down each reload, and fails while there is a file `broken`. */
async function kept(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'vietqr-keeper-'))
  await mkdir(join(folder, 'data'))
  await writeFile(join(folder, 'password'), 'gateway-for-tests', { mode: 0o600 })
  const reload = { command: `test ! -e '${folder}/broken' && echo reload >> '${folder}/reloads'` }
  const broker = {
    mode: 'external',
    url: 'mqtt://127.0.0.1:1',
    username: 'gateway',
    passwordFile: './password',
    reload,
  }
  const settings = parseSettings({ site: 'test', host: { url: 'mqtts://localhost:1' }, broker }, folder, {})
  const logins = new Logins(['sound-1', 'sound-2'])
  const clock = new ManualClock()
  const said: string[] = []
  const log = createLogger({ level: 'warn', pretty: false }, { write: line => said.push(line) })
  const keeper = new MosquittoKeeper(settings, logins, clock, log)
  t.after(async () => {
    await keeper.stop()
    await rm(folder, { recursive: true })
  })
  return {
    folder,
    exports: join(folder, 'mosquitto'),
    settings,
    logins,
    clock,
    keeper,
    said,
    reloads: async () => (await readFile(join(folder, 'reloads'), 'utf8').catch(() => '')).split('\n').length - 1,
    names: async () =>
      (await readFile(join(folder, 'mosquitto', 'passwords'), 'utf8')).split('\n').map(line => line.split(':')[0]),
  }
}

test('the files follow the registry, and Mosquitto reads them again only when something is new', async t => {
  const { keeper, settings, exports, logins, reloads, names } = await kept(t)
  await rememberExport(settings, exports)
  await keeper.start()
  assert.deepEqual(await names(), ['gateway', 'sound-1', 'sound-2', ''])
  assert.equal(await reloads(), 1)
  await keeper.refresh()
  assert.equal(await reloads(), 1)
  await logins.remove('sound-1')
  assert.deepEqual(await names(), ['gateway', 'sound-2', ''])
  assert.equal(await reloads(), 2)
  await keeper.stop()
  await logins.remove('sound-2')
  assert.equal(await reloads(), 2)
})

test('a reload that fails is told and tried again, though the files are written', async t => {
  const { folder, keeper, settings, exports, logins, reloads, clock, said } = await kept(t)
  await rememberExport(settings, exports)
  await keeper.start()
  await writeFile(join(folder, 'broken'), '')
  await logins.remove('sound-1')
  assert.equal(await reloads(), 1)
  assert.match(said.join(''), /"level":50.*broker\.reload\.command ended with 1.*tried again in 10 s/)
  await rm(join(folder, 'broken'))
  await clock.advance(9_999)
  assert.equal(await reloads(), 1)
  await clock.advance(1)
  // Ends after the try that has begun.
  await keeper.stop()
  assert.equal(await reloads(), 2)
})

test('where nothing was exported yet, the gateway says what to do and writes nothing', async t => {
  const { keeper, reloads, said } = await kept(t)
  await keeper.start()
  assert.match(said.join(''), /run \\"vietqr-gateway broker export DIR\\"/)
  assert.equal(await reloads(), 0)
})
