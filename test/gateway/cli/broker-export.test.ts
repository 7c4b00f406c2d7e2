import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { cli, json, shop, shopWith } from './support.ts'

const EXTERNAL = [
  'site: thu-nghiem',
  'host: { url: "mqtts://127.0.0.1:1" }',
  'broker: { mode: external, url: "mqtt://127.0.0.1:1883", username: gateway, passwordFile: ./broker-password }',
].join('\n')

function external(folder: string): void {
  writeFileSync(join(folder, 'gateway.yaml'), EXTERNAL)
  writeFileSync(join(folder, 'broker-password'), 'gateway-for-tests\n', { mode: 0o600 })
}

const users = (folder: string): string[] =>
  readFileSync(join(folder, 'mosquitto', 'passwords'), 'utf8')
    .split('\n')
    .map(line => line.replace(/:.*/, ''))

test('broker export counts its folder from where the person stands, and says what is new', async () => {
  const folder = await shopWith('T1')
  external(folder)
  const paired = await json(folder, ['devices', 'pair', 'pos', '--terminal', 'T1', '--id', 'pos-1'])
  assert.equal(paired.provisioningUri, `mqtt://pos-1:${paired.password}@127.0.0.1:1883/gw/v1/pos-1`)
  const first = await json(folder, ['broker', 'export', 'mosquitto'])
  const [passwords, access] = [join(folder, 'mosquitto', 'passwords'), join(folder, 'mosquitto', 'access')]
  assert.deepEqual(first, { passwords, access, devices: 1, changed: true, reloaded: false, warnings: [] })
  assert.deepEqual(users(folder), ['gateway', 'pos-1', ''])
  assert.equal(readFileSync(passwords, 'utf8').includes(paired.password), false)
  assert.equal((await json(folder, ['broker', 'export', 'mosquitto'])).changed, false)
  await json(folder, ['devices', 'remove', 'pos-1'])
  const last = await cli(folder, ['broker', 'export', 'mosquitto'])
  assert.deepEqual([last.code, last.stderr], [0, ''])
  assert.match(last.stdout, /written: 0 devices can log in/)
  assert.deepEqual(users(folder), ['gateway', ''])
})

test('broker export names the devices it cannot let in', async () => {
  const folder = await shopWith('T1')
  external(folder)
  for (const id of ['old-1', 'gateway']) await json(folder, ['devices', 'pair', 'pos', '--terminal', 'T1', '--id', id])
  const db = new Database(join(folder, 'data', 'gateway.db'))
  db.exec("UPDATE devices SET mosquitto_hash = NULL WHERE device_id = 'old-1'")
  db.close()
  const { code, stderr } = await cli(folder, ['broker', 'export', 'mosquitto'])
  assert.equal(code, 0)
  assert.match(stderr, /warning: left out,.*: old-1; rotate them\n/)
  assert.match(stderr, /warning: device gateway is left out/)
  assert.deepEqual(users(folder), ['gateway', ''])
})

test('broker export without a login of the gateway says so; a password that cannot be read is exit 3', async () => {
  const folder = shop()
  const { warnings } = await json(folder, ['broker', 'export', 'mosquitto'])
  assert.match(String(warnings), /set broker\.username and broker\.passwordFile/)
  external(folder)
  writeFileSync(join(folder, 'broker-password'), 'x', { mode: 0o600 })
  writeFileSync(join(folder, 'gateway.yaml'), EXTERNAL.replace('./broker-password', './nowhere'))
  const { code, stderr } = await cli(folder, ['broker', 'export', 'mosquitto'])
  assert.equal(code, 3)
  assert.match(stderr, /broker\.passwordFile/)
})
