import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { test } from 'node:test'
import type { Upkeep } from '../../../gateway/ledger/sqlite/upkeep.ts'
import { ManualClock, settle } from '../../support/manual-clock.ts'
import { openShop, pay, rawNotice, type Shop } from '../../support/shop.ts'

const MOST_BYTES = 64 * 1024 * 1024
const SMALL = 1024 * 1024

function logBytes({ file }: Shop): number {
  return statSync(`${file}-wal`).size
}

function upkeepOf({ ledger }: Shop, clock: ManualClock): Upkeep {
  const fail = (said: unknown): never => assert.fail(String(said))
  const owner = { troubleChanged: fail, failed: fail }
  const upkeep = ledger.upkeep(clock, { payments: 1e12, raw: 1e12 }, owner)
  upkeep.start()
  return upkeep
}

test('the log stays within 64 MiB under any load, and is small again when nothing happens', async () => {
  await using shop = await openShop()
  const clock = new ManualClock()
  const upkeep = upkeepOf(shop, clock)
  const large = rawNotice({ content: 'x'.repeat(65_000) })
  let most = 0
  // 100 MiB asked for in one turn of the event loop, and payments and lists between them.
  const letters = Array.from({ length: 1500 }, () => shop.ledger.deadLetters.add('MALFORMED', '', 'host', large))
  const lists = [shop.ledger.payments.list({ limit: -1 }), shop.ledger.deadLetters.list({ limit: -1 })]
  for (let burst = 0; burst < 20; burst += 1) {
    const payments = Array.from({ length: 100 }, (_, n) => pay(shop, { referenceNumber: `FT${burst}-${n}` }))
    await Promise.all([...payments, clock.advance(1000)])
    most = Math.max(most, logBytes(shop))
  }
  await Promise.all([...letters, ...lists])
  assert.ok(Math.max(most, logBytes(shop)) <= MOST_BYTES, `${most} bytes`)
  assert.equal((await shop.ledger.payments.list({ limit: -1 })).length, 2000)

  await clock.advance(12_000)
  assert.ok(logBytes(shop) <= SMALL, `${logBytes(shop)} bytes are kept`)
  upkeep.stop()
})

test('a log that has grown is brought into the database in the first second without a payment', async () => {
  await using shop = await openShop()
  const clock = new ManualClock()
  const upkeep = upkeepOf(shop, clock)
  await clock.advance(1000)
  for (let n = 0; n < 60; n += 1) {
    await shop.ledger.deadLetters.add('MALFORMED', '', 'host', rawNotice({ content: 'x'.repeat(20_000) }))
  }
  const [grown, before] = [logBytes(shop), statSync(shop.file).size]
  assert.ok(grown > SMALL)
  await clock.advance(1000)
  assert.equal(statSync(shop.file).size, before, 'not while payments come')
  await clock.advance(1000)
  assert.ok(statSync(shop.file).size > before)
  assert.equal(logBytes(shop), grown, 'the space is kept for what may come')
  await pay(shop, {})
  await settle()
  assert.equal(logBytes(shop), grown, 'and used again')
  upkeep.stop()
})

test('a small log is left alone', async () => {
  await using shop = await openShop()
  const clock = new ManualClock()
  const upkeep = upkeepOf(shop, clock)
  const before = logBytes(shop)
  await clock.advance(60_000)
  assert.ok(before > 0)
  assert.equal(logBytes(shop), before)
  upkeep.stop()
})
