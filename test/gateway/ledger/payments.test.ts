import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SqliteLedger } from '../../../gateway/ledger/sqlite/sqlite-ledger.ts'
import { vnd } from '../../../protocol/money.ts'
import {
  notice,
  openShop,
  pay,
  rawNotice,
  SAMPLE_ANSWER,
  type Shop,
  sampleTerminal,
  T0,
  TERMINAL,
} from '../../support/shop.ts'

async function bodies(shop: Shop, deviceId: string, kind: string): Promise<Record<string, unknown>[]> {
  const told = await shop.told(deviceId)
  return told.filter(({ delivery }) => delivery.kind === kind).map(({ body }) => body)
}

test('a paid order tells every kind what it must hear', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000, { item: 'A1', ticket: 'A015', counter: '1' })
  const taken = await pay(shop, { orderId })

  assert.equal(taken.outcome, 'new')
  assert.equal(taken.payment?.match, 'exact')
  assert.equal(taken.order?.state, 'paid')
  assert.deepEqual([...taken.told].sort(), ['call-1', 'paybox-1', 'pos-1', 'sound-1', 'vending-1'])

  const [announce] = await bodies(shop, 'sound-1', 'announce')
  assert.equal(announce?.text, 'Đã nhận hai mươi lăm nghìn đồng')
  assert.equal(announce?.kind, 'paid')
  const [call] = await bodies(shop, 'call-1', 'call')
  assert.equal(call?.text, 'Mời khách số A015 đến quầy số 1')
  assert.equal(call?.callNumber, 1)
  const [vend] = await bodies(shop, 'vending-1', 'vend')
  assert.deepEqual([vend?.orderId, vend?.item, vend?.amount], [orderId, 'A1', 25_000])
  const [payment] = await bodies(shop, 'pos-1', 'payment')
  assert.deepEqual([payment?.match, payment?.amount, payment?.expected], ['exact', 25_000, 25_000])
  const shown = await bodies(shop, 'paybox-1', 'order')
  assert.deepEqual(
    shown.map(body => body.state),
    ['paid'],
  )
})

test('the same balance change twice has one effect, also after a restart', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  await pay(shop, { orderId })
  const before = await shop.told('sound-1')
  assert.equal((await pay(shop, { orderId })).outcome, 'duplicate')

  await shop.ledger.close()
  const again = SqliteLedger.open(shop.file, {
    confirm: 'never',
    lateGraceMs: 0,
    voice: { language: 'vi', region: 'north' },
  })
  const reopened: Shop = { ...shop, ledger: again, async [Symbol.asyncDispose]() {} }
  assert.equal((await pay(reopened, { orderId })).outcome, 'duplicate')
  assert.deepEqual(
    await again.deliveries.open('sound-1', 1000),
    before.map(({ delivery }) => delivery),
  )
  assert.equal((await again.payments.list({ limit: -1 })).length, 1)
  await again.close()
})

test('under is warned and releases nothing; the rest completes the order with the sum', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 200_000)
  const short = await pay(shop, { orderId, amount: 200, referenceNumber: 'FT1' })
  assert.equal(short.payment?.match, 'under')
  assert.equal(short.order?.state, 'underpaid')
  assert.deepEqual(await bodies(shop, 'vending-1', 'vend'), [])
  const [warning] = await bodies(shop, 'sound-1', 'announce')
  assert.equal(warning?.text, 'Chú ý: chuyển thiếu. Mới nhận hai trăm đồng trên hai trăm nghìn đồng')

  const rest = await pay(shop, { orderId, amount: 199_800, referenceNumber: 'FT2' })
  assert.equal(rest.payment?.match, 'exact')
  const announcements = await bodies(shop, 'sound-1', 'announce')
  assert.equal(announcements[1]?.text, 'Đã nhận hai trăm nghìn đồng')
  assert.equal((await bodies(shop, 'vending-1', 'vend')).length, 1)
})

test('more than asked is over, and a payment after that releases nothing again', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  assert.equal((await pay(shop, { orderId, amount: 30_000 })).payment?.match, 'over')
  const twice = await pay(shop, { orderId, amount: 25_000, referenceNumber: 'FT2' })
  assert.equal(twice.payment?.match, 'over')
  assert.equal(twice.order?.received, 55_000)
  assert.equal((await bodies(shop, 'vending-1', 'vend')).length, 1)
})

test('money after the end is late: announced as late, released to nobody', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  await shop.ledger.orders.expire(T0 + 300_001)
  const late = await pay(shop, { orderId }, T0 + 360_000)
  assert.equal(late.payment?.match, 'late')
  assert.equal(late.order?.state, 'late')
  const [said] = await bodies(shop, 'sound-1', 'announce')
  assert.equal(said?.text, 'Nhận muộn hai mươi lăm nghìn đồng')
  assert.deepEqual(await bodies(shop, 'vending-1', 'vend'), [])
})

test('after the grace, and after a cancellation, the order keeps its state and the money is listed for refund', async () => {
  await using shop = await openShop()
  const expired = await shop.order('vending-1', 25_000)
  await shop.ledger.orders.expire(T0 + 300_001)
  const first = await pay(shop, { orderId: expired.orderId }, T0 + 300_000 + 600_001)
  assert.deepEqual([first.order?.state, first.order?.fulfilment], ['expired', 'refund'])

  const cancelled = await shop.order('vending-1', 25_000)
  await shop.ledger.orders.cancel(cancelled.orderId, 'vending-1', T0 + 2000)
  const second = await pay(shop, { orderId: cancelled.orderId, referenceNumber: 'FT2' })
  assert.deepEqual([second.order?.state, second.order?.fulfilment], ['cancelled', 'refund'])
  assert.equal(second.payment?.match, 'late')
})

test('an order the sweep has not closed yet is late all the same once its time is over', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  assert.equal((await pay(shop, { orderId }, T0 + 300_001)).payment?.match, 'late')
})

test('the same reference with another amount or direction is a conflict without effect', async () => {
  await using shop = await openShop()
  await pay(shop, {})
  const before = await shop.told('sound-1')
  for (const other of [{ amount: 26_000 }, { transType: 'D' }]) {
    const taken = await pay(shop, other)
    assert.deepEqual([taken.outcome, taken.reason], ['rejected', 'CONFLICT'])
  }
  assert.deepEqual(await shop.told('sound-1'), before)
  const letters = await shop.ledger.deadLetters.list({ limit: -1 })
  assert.deepEqual(
    letters.map(letter => letter.reason),
    ['CONFLICT', 'CONFLICT'],
  )
})

test('an account or an order of another terminal is a mismatch without effect', async () => {
  await using shop = await openShop()
  await shop.ledger.registry.addTerminal(sampleTerminal('SHOP02', '9990000002'))
  const foreign = await pay(shop, { bankAccount: '9990000002' })
  assert.equal(foreign.reason, 'TERMINAL_MISMATCH')
  const elsewhere = await shop.order(null, 25_000, { terminalCode: 'SHOP02' })
  assert.equal((await pay(shop, { orderId: elsewhere.orderId })).reason, 'TERMINAL_MISMATCH')
  assert.deepEqual(await shop.ledger.payments.list({ limit: -1 }), [])
  assert.deepEqual(await shop.told('sound-1'), [])
})

test('debits and unsettled notices are recorded and announced to nobody; a later settled one has its effects once', async () => {
  await using shop = await openShop()
  const debit = await pay(shop, { transType: 'D', referenceNumber: 'FT-D' })
  assert.equal(debit.outcome, 'recorded')
  const { orderId } = await shop.order(null, 25_000)
  assert.equal((await pay(shop, { orderId, status: 0 })).outcome, 'recorded')
  assert.deepEqual(await shop.told('sound-1'), [])

  assert.equal((await pay(shop, { orderId })).outcome, 'settled')
  assert.equal((await pay(shop, { orderId })).outcome, 'duplicate')
  assert.equal((await pay(shop, { orderId, status: 0 })).outcome, 'duplicate')
  assert.equal((await bodies(shop, 'sound-1', 'announce')).length, 1)
})

test('one reference on two accounts is two payments', async () => {
  await using shop = await openShop()
  await shop.ledger.registry.addTerminal(sampleTerminal('SHOP02', '9990000002'))
  await pay(shop, {})
  const { ledger } = shop
  const other = { bankAccount: '9990000002' }
  assert.equal((await ledger.payments.takeBalanceChange('SHOP02', notice(other), rawNotice(other))).outcome, 'new')
  assert.equal((await ledger.payments.find('FT0000000001')).length, 2)
})

test('without a reference the notice itself is the identity, marked weak', async () => {
  await using shop = await openShop()
  const first = await pay(shop, { referenceNumber: '' })
  assert.equal(first.payment?.weak, true)
  assert.equal((await pay(shop, { referenceNumber: '' })).outcome, 'duplicate')
  assert.equal((await pay(shop, { referenceNumber: '', amount: 26_000 })).outcome, 'new')
})

test('an order is found by the token in the content when its id is missing, and never by its amount', async () => {
  await using shop = await openShop()
  const { order } = await shop.ledger.orders.open({
    deviceId: null,
    requestId: null,
    terminalCode: TERMINAL,
    amount: (await shop.order(null, 25_000)).amount,
    content: 'CAPHE',
    ticket: null,
    counter: null,
    item: null,
    fingerprint: 'x',
    createdAt: T0,
    expiresAt: T0 + 300_000,
  })
  const token = 'VQR712a7d45ea'
  const qr = { qrCode: 'q', warning: null, qrContent: 'x', answerContent: 'x', traceToken: token, userBankName: null }
  await shop.ledger.orders.answer(order.orderId, qr, SAMPLE_ANSWER)
  const decorated = `QR ${token} DU5gUz Ma giao dich Trace756759`
  assert.equal((await pay(shop, { orderId: '', content: decorated })).order?.orderId, order.orderId)

  const loose = await pay(shop, { content: 'khong ro', referenceNumber: 'FT2' })
  assert.deepEqual([loose.order, loose.payment?.match], [null, 'none'])
})

test('release: the sound is told at once, goods and calls only after the host confirmed', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const { orderId } = await shop.order('vending-1', 25_000, { ticket: 'A1' })
  const taken = await pay(shop, { orderId })
  assert.equal(taken.order?.fulfilment, 'pending')
  assert.equal((await bodies(shop, 'sound-1', 'announce')).length, 1)
  assert.deepEqual(await bodies(shop, 'vending-1', 'vend'), [])
  assert.deepEqual(await shop.told('call-1'), [])
  assert.deepEqual(
    (await shop.ledger.orders.unconfirmed()).map(order => order.orderId),
    [orderId],
  )

  const row = lookupRow({ orderId, referenceNumber: 'FT0000000001' })
  const confirmed = await shop.ledger.payments.takeLookupRow(TERMINAL, row, rawLookup())
  assert.equal(confirmed.outcome, 'confirmed')
  assert.equal((await bodies(shop, 'vending-1', 'vend')).length, 1)
  assert.equal((await bodies(shop, 'call-1', 'call')).length, 1)
  assert.equal((await bodies(shop, 'sound-1', 'announce')).length, 1)
  assert.deepEqual(await shop.ledger.orders.unconfirmed(), [])
})

test('a payment found by lookup is the same row as the balance change that follows', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const { orderId } = await shop.order('vending-1', 25_000)
  const row = lookupRow({ orderId, referenceNumber: 'FT0000000001' })
  const found = await shop.ledger.payments.takeLookupRow(TERMINAL, row, rawLookup())
  assert.deepEqual([found.outcome, found.payment?.source, found.payment?.confirmed], ['new', 'lookup', true])
  assert.equal((await pay(shop, { orderId })).outcome, 'duplicate')
  assert.equal((await bodies(shop, 'vending-1', 'vend')).length, 1)
  assert.equal((await bodies(shop, 'sound-1', 'announce')).length, 1)
})

test('a lookup that shows less than asked confirms nothing', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const { orderId } = await shop.order('vending-1', 25_000)
  await pay(shop, { orderId })
  const row = lookupRow({ orderId, referenceNumber: 'FT-OTHER', amount: 1_000 })
  await shop.ledger.payments.takeLookupRow(TERMINAL, row, rawLookup())
  assert.deepEqual(await bodies(shop, 'vending-1', 'vend'), [])
})

test('always: nobody is told before the host confirmed', async () => {
  await using shop = await openShop({ confirm: 'always' })
  const { orderId } = await shop.order('vending-1', 25_000)
  assert.equal((await pay(shop, { orderId })).outcome, 'recorded')
  assert.equal((await pay(shop, { referenceNumber: 'FT-LOOSE', content: 'x' })).outcome, 'recorded')
  assert.deepEqual(await shop.told('sound-1'), [])
  assert.equal((await shop.ledger.payments.unconfirmed()).length, 2)
  for (const row of [
    lookupRow({ orderId, referenceNumber: 'FT0000000001' }),
    lookupRow({ orderId: null, referenceNumber: 'FT-LOOSE' }),
  ]) {
    await shop.ledger.payments.takeLookupRow(TERMINAL, row, rawLookup())
  }
  assert.equal((await bodies(shop, 'sound-1', 'announce')).length, 2)
  assert.equal((await bodies(shop, 'vending-1', 'vend')).length, 1)
})

test('not confirmed in time: held, and nothing is released later by itself', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const { orderId } = await shop.order('vending-1', 25_000)
  await pay(shop, { orderId })
  const held = await shop.ledger.orders.hold(orderId, T0 + 61_000)
  assert.deepEqual([held.order?.state, held.order?.fulfilment], ['held', 'held'])
  const row = lookupRow({ orderId, referenceNumber: 'FT0000000001' })
  await shop.ledger.payments.takeLookupRow(TERMINAL, row, rawLookup())
  assert.deepEqual(await bodies(shop, 'vending-1', 'vend'), [])
  const states = (await bodies(shop, 'vending-1', 'order')).map(body => body.state)
  assert.equal(states.at(-1), 'held')
})

test('always: money that came in time is in time, however long its confirmation takes', async () => {
  await using shop = await openShop({ confirm: 'always' })
  const { orderId } = await shop.order('vending-1', 25_000)
  await pay(shop, { orderId })
  await shop.ledger.orders.expire(T0 + 300_001)
  const row = lookupRow({ orderId, referenceNumber: 'FT0000000001' })
  const raw = { ...rawLookup(), receivedAt: T0 + 310_000 }
  const taken = await shop.ledger.payments.takeLookupRow(TERMINAL, row, raw)
  assert.deepEqual([taken.payment?.match, taken.order?.state], ['exact', 'paid'])
  assert.equal((await bodies(shop, 'vending-1', 'vend')).length, 1)
})

test('money taken for nobody’s joins its order when a lookup names it', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const { orderId } = await shop.order('vending-1', 25_000)
  assert.equal((await pay(shop, { orderId: '', content: 'khong ro' })).payment?.match, 'none')
  const row = lookupRow({ orderId, referenceNumber: 'FT0000000001' })
  const taken = await shop.ledger.payments.takeLookupRow(TERMINAL, row, rawLookup())
  assert.deepEqual([taken.order?.state, taken.payment?.orderId, taken.payment?.match], ['paid', orderId, 'exact'])
  assert.equal((await bodies(shop, 'vending-1', 'vend')).length, 1)
  assert.equal((await shop.ledger.payments.takeLookupRow(TERMINAL, row, rawLookup())).outcome, 'duplicate')
  assert.equal((await shop.ledger.orders.get(orderId))?.received, 25_000)
})

test('a lookup without a reference and the balance change that follows with one are one payment', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order(null, 25_000)
  const row = lookupRow({ orderId, referenceNumber: null })
  assert.equal((await shop.ledger.payments.takeLookupRow(TERMINAL, row, rawLookup())).outcome, 'new')
  assert.equal((await pay(shop, { orderId })).outcome, 'duplicate')
  const [payment, ...others] = await shop.ledger.payments.list({ limit: -1 })
  assert.deepEqual([payment?.referenceNumber, payment?.weak, others.length], ['FT0000000001', false, 0])
})

test('a balance change of nothing is recorded and announced to nobody', async () => {
  await using shop = await openShop()
  assert.equal((await pay(shop, { amount: 0 })).outcome, 'recorded')
  assert.deepEqual(await shop.told('sound-1'), [])
})

test('a newer state of an order replaces every older one, also one that was sent', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('pos-1', 25_000)
  const [open] = await shop.told('pos-1')
  await shop.ledger.deliveries.noteSent(open?.delivery ?? assert.fail(), T0 + 500)
  await pay(shop, { orderId })
  const states = (await bodies(shop, 'pos-1', 'order')).map(body => body.state)
  assert.deepEqual(states, ['paid'])
})

test('the first word of a machine about its goods counts, also after silence', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  await pay(shop, { orderId })
  const said = (result: 'ok' | 'partial') => shop.ledger.orders.noteResult('vending-1', { orderId, result })
  assert.equal((await said('partial'))?.fulfilment, 'partial')
  assert.equal((await said('ok'))?.fulfilment, 'partial')
})

test('the largest forged amounts cannot overflow a sum', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order(null, 25_000)
  for (const referenceNumber of ['FT1', 'FT2']) {
    const taken = await pay(shop, { orderId, amount: 999_999_999_999, referenceNumber })
    assert.equal(taken.outcome, 'new')
  }
})

function lookupRow(fields: { orderId: string | null; referenceNumber: string | null; amount?: number }) {
  const { amount = 25_000, ...ids } = fields
  return {
    ...ids,
    amount: vnd(amount),
    content: 'CAPHE',
    direction: 'in' as const,
    status: 'paid' as const,
    timeCreated: T0,
    timePaid: T0 + 500,
    terminalCode: TERMINAL,
    note: '',
    refundCount: 0,
    amountRefunded: null,
  }
}

function rawLookup() {
  return { topic: `vietqr/response-status/${TERMINAL}`, payload: Buffer.from('[]'), receivedAt: T0 + 2000 }
}
