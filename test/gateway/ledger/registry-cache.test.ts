import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ITSELF } from '../../../gateway/ledger/audit-trail.ts'
import { openDatabase } from '../../../gateway/ledger/sqlite/database.ts'
import { GroupCommit } from '../../../gateway/ledger/sqlite/group-commit.ts'
import { addTerminal, findTerminal } from '../../../gateway/ledger/sqlite/operations/registry.ts'
import { keepRegistry } from '../../../gateway/ledger/sqlite/registry-cache.ts'
import { notice, openShop, pay, rawNotice, type Shop, sampleTerminal, T0, TERMINAL } from '../../support/shop.ts'

/** Terminals and devices are remembered between payments; what a payment does must not show it. */

const LATER = T0 + 60_000
const OTHER = 'SHOP02'
const OTHER_ACCOUNT = '9990000002'

/** What becomes of a payment at the other terminal. */
async function payAtOther(shop: Shop, referenceNumber: string): Promise<string> {
  const fields = { referenceNumber, bankAccount: OTHER_ACCOUNT }
  return (await shop.ledger.payments.takeBalanceChange(OTHER, notice(fields), rawNotice(fields))).outcome
}

async function announced(shop: Shop, deviceId: string): Promise<number> {
  return (await shop.told(deviceId)).filter(({ delivery }) => delivery.kind === 'announce').length
}

test('a payment for a terminal that was unknown a moment ago is taken once the terminal is added, and refused once it is removed', async () => {
  await using shop = await openShop()
  assert.equal(await payAtOther(shop, 'FT1'), 'rejected')
  await shop.ledger.registry.addTerminal(sampleTerminal(OTHER, OTHER_ACCOUNT))
  assert.equal(await payAtOther(shop, 'FT2'), 'new')
  await shop.ledger.registry.removeTerminal(OTHER, LATER)
  assert.equal(await payAtOther(shop, 'FT3'), 'rejected')
})

test('a device that is disabled, enabled, moved, added or removed hears from the very next payment what it should', async () => {
  await using shop = await openShop()
  const { registry } = shop.ledger
  await registry.addTerminal(sampleTerminal(OTHER, OTHER_ACCOUNT))
  const heardOf = async (referenceNumber: string): Promise<boolean> => {
    const before = await announced(shop, 'sound-2')
    await pay(shop, { referenceNumber })
    return (await announced(shop, 'sound-2')) > before
  }
  const secretSha256 = new Uint8Array(32)
  assert.equal(await heardOf('FT1'), false)
  const place = { name: 'sound-2', terminalCode: TERMINAL, counter: null }
  await registry.addDevice({ deviceId: 'sound-2', kind: 'soundbox', ...place, secretSha256, createdAt: LATER })
  assert.equal(await heardOf('FT2'), true)
  await registry.changeDevice('sound-2', { action: 'disable' }, LATER)
  assert.equal(await heardOf('FT3'), false)
  await registry.changeDevice('sound-2', { action: 'enable' }, LATER)
  assert.equal(await heardOf('FT4'), true)
  await registry.changeDevice('sound-2', { action: 'move', terminalCode: OTHER }, LATER)
  assert.equal(await heardOf('FT5'), false)
  await registry.changeDevice('sound-2', { action: 'move', terminalCode: TERMINAL }, LATER)
  assert.equal(await heardOf('FT6'), true)
  await registry.removeDevice('sound-2', LATER)
  assert.equal(await heardOf('FT7'), false)
})

test('what was set for a device counts from the next payment on', async () => {
  await using shop = await openShop()
  await pay(shop, { referenceNumber: 'FT1' })
  await shop.ledger.registry.setDevice('sound-1', { language: 'en' }, LATER)
  await pay(shop, { referenceNumber: 'FT2' })
  const texts = (await shop.told('sound-1')).map(({ body }) => String(body.text))
  assert.match(texts[0] ?? '', /^Đã nhận/)
  assert.match(texts[1] ?? '', /^Received/)
})

test('what was read in a transaction that was taken back is not remembered', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-registry-'))
  const db = keepRegistry(openDatabase(join(folder, 'gateway.db')))
  try {
    const commits = new GroupCommit({ db }, () => {})
    const found = (): Promise<string | undefined> => commits.run(() => findTerminal(db, OTHER)?.bankAccount)
    const added = commits.run(() => {
      addTerminal(db, sampleTerminal(OTHER, OTHER_ACCOUNT), ITSELF)
      assert.equal(findTerminal(db, OTHER)?.bankAccount, OTHER_ACCOUNT)
      throw new Error('the disk is full')
    })
    await assert.rejects(added, /the disk is full/)
    assert.equal(await found(), undefined)
    await commits.run(() => addTerminal(db, sampleTerminal(OTHER, OTHER_ACCOUNT), ITSELF))
    assert.equal(await found(), OTHER_ACCOUNT)
  } finally {
    db.close()
    rmSync(folder, { recursive: true })
  }
})
