import assert from 'node:assert/strict'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { ITSELF } from '../../../gateway/ledger/audit-trail.ts'
import { mayBeForgotten } from '../../../gateway/ledger/forgetting.ts'
import type { Order } from '../../../gateway/ledger/model.ts'
import { SqliteLedger } from '../../../gateway/ledger/sqlite/sqlite-ledger.ts'
import type { Upkeep } from '../../../gateway/ledger/sqlite/upkeep.ts'
import { vnd } from '../../../protocol/money.ts'
import { boxIdOf } from '../../../protocol/vietqr/checksums.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { notice, openShop, pay, rawNotice, type Shop, T0 } from '../../support/shop.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const AGES = { payments: 400 * DAY, raw: 30 * DAY }
const RULES = { confirm: 'never', lateGraceMs: 600_000, voice: { language: 'vi', region: 'north' } } as const

const ORDER_STATES: readonly Order['state'][] = [
  ...([
    'requested',
    'awaiting_payment',
    'paid',
    'underpaid',
    'expired',
    'late',
    'cancelled',
    'failed',
    'held',
  ] as const),
]
const FULFILMENTS: readonly Order['fulfilment'][] = [
  ...(['none', 'pending', 'released', 'done', 'partial', 'failed', 'unknown', 'held', 'refund'] as const),
]

/** Leaves out the beat of every second, which has nothing to do with sweeps; its wall clock can be set. */
class SweepClock extends ManualClock {
  ahead = 0

  override now(): number {
    return super.now() + this.ahead
  }

  override after(ms: number, task: () => void): () => void {
    return ms === 1000 ? () => {} : super.after(ms, task)
  }
}

function upkeepOf(ledger: SqliteLedger, clock: ManualClock): Upkeep {
  const fail = (said: unknown): never => assert.fail(String(said))
  const upkeep = ledger.upkeep(clock, AGES, { troubleChanged: fail, failed: fail })
  upkeep.start()
  return upkeep
}

/** The records after sweeps `days` after the sample payments. */
async function after(days: number, shop: Shop): Promise<Left> {
  const clock = new SweepClock(T0 + days * DAY)
  const upkeep = upkeepOf(shop.ledger, clock)
  await clock.advance(HOUR + 60_000)
  upkeep.stop()
  return left(shop)
}

interface Left {
  readonly orders: readonly string[]
  readonly payments: readonly string[]
  readonly letters: number
}

async function left({ ledger }: Shop): Promise<Left> {
  const all = { limit: -1 }
  return {
    orders: (await ledger.orders.list(all)).map(({ orderId }) => orderId).sort(),
    payments: (await ledger.payments.list(all)).map(({ referenceNumber }) => referenceNumber).sort(),
    letters: (await ledger.deadLetters.list(all)).length,
  }
}

/** One row of the database of a shop that closes for it. */
async function inspect(shop: Shop, sql: string): Promise<Record<string, unknown>> {
  await shop.ledger.close()
  const db = new Database(shop.file)
  try {
    return db.prepare<[], Record<string, unknown>>(sql).get() ?? {}
  } finally {
    db.close()
  }
}

/** Rows of a table that no list shows. */
async function rows(shop: Shop, table: 'deliveries' | 'decisions'): Promise<unknown> {
  return (await inspect(shop, `SELECT count(*) AS rows FROM ${table}`)).rows
}

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

test('payments, orders, ended deliveries and dead letters go after retention.payments', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('paybox-1', 25_000)
  await pay(shop, { orderId })
  await pay(shop, { referenceNumber: 'FT-LOOSE', content: 'x' })
  await pay(shop, { referenceNumber: 'FT-DEBIT', transType: 'D' })
  await shop.ledger.deadLetters.add('MALFORMED', '', 'host', rawNotice({}))
  await endAll(shop)
  assert.equal((await after(399, shop)).orders.length, 1)
  assert.deepEqual(await after(401, shop), { orders: [], payments: [], letters: 0 })
  assert.equal(await rows(shop, 'deliveries'), 1, 'the newest stays')
})

test('deliveries are numbered on when all of them have been forgotten', async () => {
  await using shop = await openShop()
  await pay(shop, {})
  const seqs = async () => (await shop.told('pos-1')).map(({ delivery }) => delivery.seq)
  const [before = 0] = await seqs()
  await endAll(shop)
  await after(401, shop)
  await pay(shop, { referenceNumber: 'FT2' }, T0 + 401 * DAY)
  const [later = 0] = await seqs()
  assert.ok(later > before, `${later} after ${before}`)
})

test('what a device must still be told is told, however old: its delivery stays when the payment has gone', async () => {
  await using shop = await openShop()
  await pay(shop, {})
  await pay(shop, { referenceNumber: 'FT-LATER', amount: 30_000 }, T0 + 400 * DAY)
  assert.deepEqual((await after(401, shop)).payments, ['FT-LATER'])
  const amounts = async (deviceId: string) => (await shop.told(deviceId)).map(({ body }) => body.amount)
  assert.deepEqual(await amounts('pos-1'), [25_000, 30_000])
  assert.deepEqual(await amounts('sound-1'), [30_000], 'what is only good for a moment is not owed')
})

test('an order goes with all of its payments or not at all: money of yesterday keeps it', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order(null, 25_000)
  await pay(shop, { orderId })
  await pay(shop, { orderId, referenceNumber: 'FT-AGAIN' }, T0 + 400 * DAY)
  assert.deepEqual(await after(401, shop), { orders: [orderId], payments: ['FT-AGAIN', 'FT0000000001'], letters: 0 })
  assert.deepEqual(await after(801, shop), { orders: [], payments: [], letters: 0 })
})

test('what nobody has decided stays: open, waiting for confirmation, held, short, late, to be refunded', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const kept: string[] = []
  const keep = async (make: (orderId: string) => Promise<unknown>): Promise<void> => {
    const { orderId } = await shop.order('vending-1', 25_000)
    await make(orderId)
    kept.push(orderId)
  }
  const money = (orderId: string, amount = 25_000, at = T0 + 1000) =>
    pay(shop, { orderId, amount, referenceNumber: `FT${orderId}` }, at)
  await keep(async () => {})
  await keep(orderId => money(orderId))
  await keep(async orderId => {
    await money(orderId)
    await shop.ledger.orders.hold(orderId, T0 + 61_000)
  })
  await keep(orderId => money(orderId, 1000))
  await keep(orderId => money(orderId, 25_000, T0 + 301_000))
  await keep(async orderId => {
    await shop.ledger.orders.cancel(orderId, null, T0 + 1000)
    await money(orderId)
  })
  const cancelled = await shop.order('vending-1', 25_000)
  await shop.ledger.orders.cancel(cancelled.orderId, null, T0 + 1000)

  assert.deepEqual((await after(1000, shop)).orders, kept.sort())
})

test('an order that a person closed goes with the decision', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const { orderId } = await shop.order('vending-1', 25_000)
  await pay(shop, { orderId, amount: 1000 })
  await shop.ledger.orders.decide(orderId, 'dismiss', 'đã trả lại tiền mặt', T0 + 10 * DAY)
  assert.equal((await after(401, shop)).orders.length, 1, 'the decision is younger')
  assert.deepEqual(await after(411, shop), { orders: [], payments: [], letters: 0 })
  assert.equal(await rows(shop, 'decisions'), 0)
})

test('an order goes when everything about it is old, it has ended, and nothing is left to decide', async () => {
  await using shop = await openShop()
  const sample = await shop.order(null, 25_000)
  const forgotten = (changed: Partial<Order>, lastMoneyAt: number | null = null, decidedAt: number | null = null) =>
    mayBeForgotten({ order: { ...sample, ...changed }, lastMoneyAt, decidedAt }, T0 + DAY)

  const gone = ORDER_STATES.filter(state => forgotten({ state }))
  assert.deepEqual(gone, ['paid', 'expired', 'cancelled', 'failed'])
  assert.deepEqual(
    FULFILMENTS.filter(fulfilment => forgotten({ state: 'paid', fulfilment })),
    ['none', 'released', 'done'],
  )
  assert.equal(forgotten({ state: 'paid', createdAt: T0 + DAY }), false)
  assert.equal(forgotten({ state: 'paid', closedAt: T0 + DAY }), false)
  assert.equal(forgotten({ state: 'paid' }, T0 + DAY), false)
  assert.equal(forgotten({ state: 'expired', expiresAt: T0 + DAY }), false)
  for (const state of ['underpaid', 'late', 'held'] as const) {
    assert.equal(forgotten({ state }, T0 + 1, T0 + 2), true, 'a person closed it')
    assert.equal(forgotten({ state }, T0 + 3, T0 + 2), false, 'money after that asks again')
    assert.equal(forgotten({ state, fulfilment: 'refund' }, T0 + 1, T0 + 2), false)
  }
})

test('a restart goes on with what is left, and payments are taken meanwhile', async () => {
  await using shop = await openShop()
  const many = 900
  await Promise.all(
    Array.from({ length: many }, (_, n) => pay(shop, { referenceNumber: `FT${n}`, content: 'x' }, T0 + n)),
  )
  const clock = new SweepClock(T0 + 500 * DAY)
  const first = upkeepOf(shop.ledger, clock)
  await clock.advance(HOUR + 500)
  const seen = await pay(shop, { referenceNumber: 'FT-NEW' }, clock.now())
  first.stop()
  await clock.advance(10 * HOUR)
  assert.equal(seen.outcome, 'new')
  const middle = (await left(shop)).payments.length
  assert.ok(middle > 1 && middle < many, `a sweep that was stopped has done a part: ${middle} are left`)

  await shop.ledger.close()
  const again = SqliteLedger.open(shop.file, RULES)
  const second = upkeepOf(again, clock)
  await clock.advance(2 * HOUR)
  second.stop()
  assert.deepEqual((await left({ ...shop, ledger: again })).payments, ['FT-NEW'])
  await again.close()
})

test('a wall clock that jumps forgets nothing', async () => {
  await using shop = await openShop()
  await pay(shop, {})
  const clock = new SweepClock(T0)
  const upkeep = upkeepOf(shop.ledger, clock)
  await clock.advance(HOUR / 2)
  clock.ahead = 1000 * DAY
  await clock.advance(HOUR)
  assert.equal((await left(shop)).payments.length, 1)
  await clock.advance(HOUR)
  upkeep.stop()
  assert.equal((await left(shop)).payments.length, 0, 'it ran evenly for an hour: it is believed')
})

/** Every device says that it has done everything. */
async function endAll(shop: Shop): Promise<void> {
  for (const deviceId of await shop.ledger.deliveries.waiting()) {
    for (const { delivery } of await shop.told(deviceId)) {
      await shop.ledger.deliveries.noteAcknowledgement(deviceId, { id: delivery.id, status: 'done' }, T0 + 2000)
    }
  }
}
