import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ITSELF } from '../../../gateway/ledger/audit-trail.ts'
import { vnd } from '../../../protocol/money.ts'
import { boxIdOf } from '../../../protocol/vietqr/checksums.ts'
import { notice, openShop, pay, rawNotice, T0 } from '../../support/shop.ts'
import { after, DAY, HOUR, inspect, SweepClock, upkeepOf } from '../../support/sweeps.ts'

/** What goes after `retention.raw`: the host's words as they came, and what matters for a short time only. */

/** How many answers of the host are kept as they came, and the payments of which its words are. */
const KEPT_AS_IT_CAME = `SELECT (SELECT count(*) FROM raw_messages) AS answers,
  (SELECT group_concat(reference_number) FROM payments WHERE raw_payload IS NOT NULL AND raw_topic IS NOT NULL) AS payments`

test('what is younger than retention.raw is all kept', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  await pay(shop, { orderId })
  await shop.ledger.deadLetters.add('MALFORMED', '', 'host', rawNotice({}))
  assert.deepEqual(await after(29, shop), { orders: [orderId], payments: ['FT0000000001'], letters: 1 })
  assert.deepEqual(await inspect(shop, KEPT_AS_IT_CAME), { answers: 1, payments: 'FT0000000001' })
})

test('messages as they came go after retention.raw; their payments stay', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  for (const [referenceNumber, day] of [
    ['FT1', 0],
    ['FT2', 2],
    ['FT3', 4],
  ] as const) {
    await pay(shop, { referenceNumber, ...(day === 0 ? { orderId } : {}) }, T0 + day * DAY)
  }
  assert.deepEqual((await after(31, shop)).payments, ['FT1', 'FT2', 'FT3'])
  assert.deepEqual(await inspect(shop, KEPT_AS_IT_CAME), { answers: 0, payments: 'FT2,FT3' })
})

test('sweep after sweep the messages of the payments that have become old go', async () => {
  await using shop = await openShop()
  for (const day of [0, 2, 4]) await pay(shop, { referenceNumber: `FT${day}` }, T0 + day * DAY)
  const clock = new SweepClock(T0 + 31 * DAY)
  const upkeep = upkeepOf(shop.ledger, clock)
  for (let hour = 0; hour < 50; hour += 1) await clock.advance(HOUR)
  upkeep.stop()
  assert.deepEqual(await inspect(shop, KEPT_AS_IT_CAME), { answers: 0, payments: 'FT4' })
})

test('the message of a payment from a clock that was ahead goes when its own time has come', async () => {
  await using shop = await openShop()
  await pay(shop, { referenceNumber: 'AHEAD' }, T0 + 60 * DAY)
  await pay(shop, { referenceNumber: 'FT1' })
  const clock = new SweepClock(T0 + 31 * DAY)
  const upkeep = upkeepOf(shop.ledger, clock)
  await clock.advance(2 * HOUR)
  clock.ahead = 60 * DAY
  for (let hour = 0; hour < 169; hour += 1) await clock.advance(HOUR)
  upkeep.stop()
  assert.deepEqual(await inspect(shop, KEPT_AS_IT_CAME), { answers: 0, payments: null })
})

test('what was written while the clock was ahead keeps nothing behind it from being forgotten', async () => {
  await using shop = await openShop()
  for (let n = 0; n < 300; n += 1) await pay(shop, { referenceNumber: `AHEAD${n}` }, T0 + 900 * DAY)
  await pay(shop, { referenceNumber: 'FT1' })
  await after(31, shop)
  const sql = `SELECT count(*) AS kept, count(*) FILTER (WHERE reference_number = 'FT1') AS behind
    FROM payments WHERE raw_payload IS NOT NULL`
  assert.deepEqual(await inspect(shop, sql), { kept: 300, behind: 0 })
})

test('the cash of vending boxes, and what the host told of itself, go after retention.raw', async () => {
  await using shop = await openShop()
  const { boxes } = shop.ledger
  const box = { mac: 'AABBCCDDEE02', macAsSaid: 'AA:BB:CC:DD:EE:02', deviceId: 'screen', kind: 'vietqr-box' } as const
  await boxes.register({ ...box, name: 'screen', createdAt: T0 }, ITSELF)
  const boxId = boxIdOf('VVB123456', 'TESTKEY-NOT-REAL-1')
  await boxes.noteReply(box.mac, { boxId, qrCertificate: 'CERT' })
  const bound = { bankShortName: 'MB', bankCode: 'MB', userBankName: 'CONG TY MAU', terminalName: '', qrCode: 'QR' }
  const more = { notificationType: 'N16', imgBank: '', homePage: '', terminalCode: 'VVB123456' } as const
  await boxes.bind(boxId, { ...bound, ...more, bankAccount: '1234567890' }, T0)
  const said = { bankAccount: '1234567890' }
  await shop.ledger.payments.takeBalanceChange('VVB123456', notice(said), rawNotice(said, T0))
  await boxes.takeNews(boxId, { amount: vnd(25_000), message: 'x' }, T0 + 1000)
  const cash = { deviceId: 'machine', terminalCode: 'VVB123456', amount: vnd(10_000) }
  for (const [boxOrderId, reportedAt] of [
    ['VPB1', T0],
    ['VPB2', T0 + 2 * DAY],
  ] as const) {
    assert.equal(await boxes.takeCash({ ...cash, boxOrderId, reportedAt }), true)
  }
  const counts = 'SELECT (SELECT count(*) FROM cash_reports) AS cash, (SELECT count(*) FROM told_by_host) AS news'
  await after(29, shop)
  assert.deepEqual(await inspect(shop, counts), { cash: 2, news: 1 })
  await shop.reopen()
  await after(31, shop)
  assert.deepEqual(await inspect(shop, counts), { cash: 1, news: 0 })
})
