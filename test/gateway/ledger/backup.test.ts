import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { BackupError } from '../../../gateway/ledger/ledger.ts'
import { SqliteLedger } from '../../../gateway/ledger/sqlite/sqlite-ledger.ts'
import { openShop, pay, rawNotice, type Shop } from '../../support/shop.ts'
import { needsMount, onSmallDisk } from './support/small-disk.ts'

/** What lies beside the database, without the database. */
function beside({ file }: Shop): string[] {
  return readdirSync(dirname(file)).filter(name => !/^gateway\.db(-wal)?$/.test(name))
}

/** Enough that a copy takes many turns of the event loop. */
async function fill(shop: Shop): Promise<void> {
  const large = rawNotice({ content: 'x'.repeat(20_000) })
  await Promise.all(Array.from({ length: 400 }, () => shop.ledger.deadLetters.add('MALFORMED', '', 'host', large)))
}

test('a backup is one file for its owner alone that has everything, and says what it has', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  await pay(shop, { orderId })
  await pay(shop, { referenceNumber: 'FT2', content: 'x' })
  const file = `${shop.file}.saved`
  const report = await shop.ledger.backup(file)
  assert.deepEqual(report, { file, bytes: statSync(file).size, payments: 2, orders: 1 })
  assert.deepEqual(beside(shop), ['gateway.db.saved'])
  assert.equal(statSync(file).mode & 0o777, 0o600)

  const db = new Database(file, { readonly: true })
  assert.equal(db.pragma('journal_mode', { simple: true }), 'delete', 'it can be read where nothing can be written')
  db.close()
  const restored = SqliteLedger.open(file, {
    confirm: 'never',
    lateGraceMs: 0,
    voice: { language: 'vi', region: 'north' },
  })
  assert.equal((await restored.orders.get(orderId))?.state, 'paid')
  assert.equal((await restored.registry.devices()).length, 5)
  await restored.close()
})

test('payments are taken while it is written; each that was stored before is in it', async () => {
  await using shop = await openShop()
  await fill(shop)
  await pay(shop, { referenceNumber: 'FT-BEFORE' })
  let stored = 0
  let over = false
  const backup = shop.ledger.backup(`${shop.file}.saved`).finally(() => {
    over = true
  })
  while (!over) {
    await pay(shop, { referenceNumber: `FT${stored}` })
    stored += 1
  }
  const { payments } = await backup
  assert.ok(stored > 10, `${stored} payments meanwhile`)
  assert.ok(payments >= 1 && payments <= stored + 1)
  const db = new Database(`${shop.file}.saved`)
  const found = db.prepare('SELECT reference_number FROM payments ORDER BY rowid').pluck().all()
  db.close()
  const expected = ['FT-BEFORE', ...Array.from({ length: payments - 1 }, (_, n) => `FT${n}`)]
  assert.deepEqual(found, expected, 'it is the ledger as it was at one moment')
})

test('a file that exists is never written over', async () => {
  await using shop = await openShop()
  const file = `${shop.file}.saved`
  writeFileSync(file, 'mine')
  for (const taken of [file, dirname(file), shop.file]) {
    await assert.rejects(shop.ledger.backup(taken), { code: 'BACKUP_FAILED', message: /exists already/ })
  }
  assert.equal(readFileSync(file, 'utf8'), 'mine')
  assert.deepEqual(beside(shop), ['gateway.db.saved'])
})

test('of two backups to one file one is written and one refused', async () => {
  await using shop = await openShop()
  const file = `${shop.file}.saved`
  const ends = await Promise.allSettled([shop.ledger.backup(file), shop.ledger.backup(file)])
  assert.deepEqual(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  assert.deepEqual(beside(shop), ['gateway.db.saved'])
})

test('a file that appears while the backup is written stays as it is', async () => {
  await using shop = await openShop()
  const file = `${shop.file}.saved`
  const backup = shop.ledger.backup(file)
  writeFileSync(file, 'mine')
  await assert.rejects(backup, BackupError)
  assert.equal(readFileSync(file, 'utf8'), 'mine')
  assert.deepEqual(beside(shop), ['gateway.db.saved'])
})

test('a folder that does not exist is said in words', async () => {
  await using shop = await openShop()
  const folder = join(dirname(shop.file), 'nowhere')
  await assert.rejects(shop.ledger.backup(join(folder, 'saved.db')), {
    code: 'BACKUP_FAILED',
    message: `${join(folder, 'saved.db')} could not be written: there is no folder ${folder}`,
  })
})

test('a ledger that closes ends the backup and leaves nothing of it', async () => {
  await using shop = await openShop()
  await fill(shop)
  const saved = join(dirname(shop.file), 'saved')
  mkdirSync(saved)
  const backup = shop.ledger.backup(join(saved, 'gateway.db'))
  await Promise.all([
    assert.rejects(backup, { code: 'BACKUP_FAILED', message: /the gateway stops/ }),
    pay(shop, {}).then(() => shop.ledger.close()),
  ])
  assert.deepEqual(readdirSync(saved), [])
})

test('a disk without room for it: nothing is left of it, and payments go on', { skip: needsMount() }, async () => {
  const end = await onSmallDisk('backup without room', 8192)
  assert.deepEqual(end, {
    failed: 'BACKUP_FAILED',
    left: ['gateway.db', 'gateway.db-wal'],
    trouble: null,
    after: 'new',
  })
})
