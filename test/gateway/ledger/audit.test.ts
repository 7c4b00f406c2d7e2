import assert from 'node:assert/strict'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import type { Actor } from '../../../gateway/ledger/audit-trail.ts'
import { DEVICES, openShop, type Shop, sampleTerminal, T0, TERMINAL } from '../../support/shop.ts'

const AN: Actor = { who: 'an', via: 'cli' }
const SECRET = new Uint8Array(32).fill(7)

/** Adds terminals P0 … until the trail has this many entries more. */
async function entries(shop: Shop, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await shop.ledger.registry.addTerminal(sampleTerminal(`P${n}`, '9990000009'), AN)
}

/** What somebody does who has the file, and knows that triggers can be dropped. */
async function tamper(shop: Shop, sql: string): Promise<void> {
  await shop.ledger.close()
  const db = new Database(shop.file)
  try {
    db.exec(sql)
  } finally {
    db.close()
  }
  await shop.reopen()
}

const DISARM = ['audit_in_order', 'audit_unchanged', 'audit_kept'].map(name => `DROP TRIGGER ${name};`).join('')

test('every change of the registry and every decision leaves its entry, newest first, without a secret', async () => {
  await using shop = await openShop()
  const { registry, orders, audit } = shop.ledger
  await registry.addDevice(
    {
      deviceId: 'moi-1',
      kind: 'soundbox',
      name: 'Loa mới',
      terminalCode: TERMINAL,
      counter: null,
      secretSha256: SECRET,
      createdAt: T0 + 1,
    },
    AN,
  )
  await registry.removeDevice('moi-1', T0 + 2, AN)
  await registry.addTerminal({ ...sampleTerminal('SHOP09', '9990000009'), createdAt: T0 + 3 }, AN)
  await registry.removeTerminal('SHOP09', T0 + 4, AN)
  const { orderId } = await shop.order('vending-1', 20_000)
  await orders.cancel(orderId, null, T0 + 5)
  assert.equal((await orders.decide(orderId, 'dismiss', 'x', T0 + 5, AN))?.refusal === null, false)

  const list = await audit.list({ limit: 4 })
  assert.deepEqual(
    list.map(({ at, who, via, action, subject }) => [at - T0, who, via, action, subject]),
    [
      [4, 'an', 'cli', 'terminals remove', 'SHOP09'],
      [3, 'an', 'cli', 'terminals add', 'SHOP09'],
      [2, 'an', 'cli', 'devices remove', 'moi-1'],
      [1, 'an', 'cli', 'devices pair', 'moi-1'],
    ],
  )
  const all = await audit.list({ limit: -1 })
  assert.equal(all.length, 1 + DEVICES.length + 4, 'what changed nothing leaves nothing')
  assert.ok(!JSON.stringify(all).includes(Buffer.from(SECRET).toString('hex').slice(0, 16)))
  assert.deepEqual(await audit.verify(), { entries: all.length, head: all[0]?.hash, broken: null })
})

test('a change that is refused leaves no entry, and neither does the entry without the change', async () => {
  await using shop = await openShop()
  const before = (await shop.ledger.audit.verify()).entries
  await assert.rejects(shop.ledger.registry.removeTerminal(TERMINAL, T0, AN), /still has devices/)
  await assert.rejects(shop.ledger.registry.addTerminal(sampleTerminal(TERMINAL, '1'), AN), /exists already/)
  assert.equal(await shop.ledger.registry.removeDevice('nobody', T0, AN), null)
  assert.equal((await shop.ledger.audit.verify()).entries, before)
})

test('the database refuses to change, remove, replace or skip an entry', async () => {
  await using shop = await openShop()
  for (const sql of [
    "UPDATE audit SET who = 'binh' WHERE seq = 1",
    'DELETE FROM audit WHERE seq = 1',
    'DELETE FROM audit_head',
    'UPDATE audit_head SET entries = 0',
    'INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1',
    'INSERT INTO audit SELECT seq + 100, at, who, via, action, subject, details, previous, hash FROM audit WHERE seq = 6',
  ]) {
    await assert.rejects(tamper(shop, sql), /append-only|continues the one before/, sql)
    await shop.reopen().catch(() => {})
  }
})

for (const [what, sql, broken] of [
  ['changed words', "UPDATE audit SET details = replace(details, '9990000001', '6660000666') WHERE seq = 1", 1],
  ['another person', "UPDATE audit SET who = 'binh' WHERE seq = 3", 3],
  ['a removed first entry', 'DELETE FROM audit WHERE seq = 1', 1],
  ['a removed entry', 'DELETE FROM audit WHERE seq = 4', 4],
  ['a removed last entry', 'DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)', 506],
  ['an entry at the end of a first page', "UPDATE audit SET who = 'binh' WHERE seq = 500", 500],
  ['an entry after a page', "UPDATE audit SET who = 'binh' WHERE seq = 501", 501],
] as const) {
  test(`verify names the first entry that does not hold: ${what}`, async () => {
    await using shop = await openShop()
    await entries(shop, 500)
    assert.equal((await shop.ledger.audit.verify()).entries, 506)
    await tamper(shop, DISARM + sql)
    const report = await shop.ledger.audit.verify()
    assert.equal(report.broken?.seq, broken)
    assert.equal(report.entries, broken - 1)
  })
}

test('an entry made with a right hash of its own still breaks the chain behind it', async () => {
  await using shop = await openShop()
  await tamper(shop, `${DISARM} DELETE FROM audit WHERE seq = 2; UPDATE audit SET seq = seq - 1 WHERE seq > 2`)
  assert.deepEqual((await shop.ledger.audit.verify()).broken, {
    seq: 2,
    reason: 'it does not continue the entry before it',
  })
})
