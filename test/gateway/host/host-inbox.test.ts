import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Onboarding } from '../../../gateway/boxes/onboarding.ts'
import { HostInbox } from '../../../gateway/host/host-inbox.ts'
import { Lookups } from '../../../gateway/host/lookups.ts'
import { SimulatedPayments } from '../../../gateway/host/simulated-payments.ts'
import { OrderDesk } from '../../../gateway/orders/order-desk.ts'
import { HostTopics } from '../../../protocol/vietqr/topics.ts'
import { FakeLink } from '../../support/fake-link.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { openShop, rawNotice, type Shop, T0, TERMINAL } from '../../support/shop.ts'

function openInbox(shop: Shop) {
  const topics = new HostTopics()
  const link = new FakeLink()
  const clock = new ManualClock(T0)
  const troubles: unknown[] = []
  const trouble = (error: unknown): void => {
    troubles.push(error)
  }
  const options = { orderTtlMs: 1, requestTimeoutMs: 1, additionalDataKey: 'additionalData1', qrCheck: 'warn' as const }
  const orders = new OrderDesk(shop.ledger, link, topics, clock, options, {
    orderChanged: () => {},
    trouble,
  })
  const lookups = new Lookups(link, topics, clock, { perSecond: 5, timeoutMs: 1000, suffix: 'terminal' })
  const simulated = new SimulatedPayments(link, topics, clock, { allowed: true, timeoutMs: 1000 })
  const parts = { boxes: shop.ledger.boxes, link, topics, clock, boxKey: undefined, requestTimeoutMs: 1000 }
  const boxes = new Onboarding(parts, {
    topicsChanged: async () => {},
    changed: () => {},
    passOn: async () => false,
    told: () => {},
    trouble,
  })
  const inbox = new HostInbox(
    shop.ledger,
    topics,
    clock,
    { orders, lookups, simulated, boxes },
    {
      taken: () => {},
      deadLetter: () => {},
      trouble,
    },
  )
  return { inbox, troubles }
}

const TOPICS = [
  `vietqr/bdsd/${TERMINAL}`,
  `vietqr/response/${TERMINAL}`,
  `vietqr/response-status/${TERMINAL}`,
  'vietqr/response/transaction-callback',
]

test('every unusable message of the host is one dead letter with its reason, and nothing stops', async () => {
  await using shop = await openShop()
  const { inbox, troubles } = openInbox(shop)
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map(text => Buffer.from(text)),
    fc.string().map(text => Buffer.from(`{"amount":${text}`)),
    fc
      .constantFrom('', '[', '{"amount":25000.5}', '{"amount":-1,"bankAccount":"1"}', '\u0000')
      .map(t => Buffer.from(t)),
  )
  let sent = 0
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...TOPICS), payload, async (topic, bytes) => {
      sent += 1
      await inbox.take(topic, bytes)
    }),
    { numRuns: 400 },
  )
  const letters = await shop.ledger.deadLetters.list({ limit: -1 })
  const payments = await shop.ledger.payments.list({ limit: -1 })
  assert.equal(letters.length + payments.length, sent)
  assert.deepEqual(payments, [])
  for (const letter of letters) assert.ok(letter.text.length > 0 && letter.reason.length > 0)
  assert.deepEqual(troubles, [])
})

test('a good payment between bad messages is taken', async () => {
  await using shop = await openShop()
  const { inbox } = openInbox(shop)
  const topic = `vietqr/bdsd/${TERMINAL}`
  await inbox.take(topic, Buffer.from('{'))
  const good = `{"bankAccount":"9990000001","amount":25000.0,"timePaid":"01/09/2024 14:30:00","transType":"C","referenceNumber":"TXN876543210123","content":"SampleTransaction Payment","status":1}`
  await inbox.take(topic, Buffer.from(good))
  await inbox.take(topic, Buffer.from('{"amount":"25.5k"}'))
  const [payment] = await shop.ledger.payments.list({ limit: -1 })
  assert.deepEqual([payment?.amount, payment?.match], [25_000, 'none'])
  const reasons = (await shop.ledger.deadLetters.list({ limit: -1 })).map(letter => letter.reason)
  assert.equal(reasons.length, 2)
})

test('what was too large to be taken is a dead letter with its size and its beginning, whatever that says', async () => {
  await using shop = await openShop()
  const { inbox } = openInbox(shop)
  const { topic, payload } = rawNotice({})
  await inbox.take(topic, payload, 5_000_000)
  const [letter] = await shop.ledger.deadLetters.list({ limit: -1 })
  assert.deepEqual([letter?.reason, letter?.topic, letter?.payload], ['MALFORMED', topic, payload])
  assert.match(letter?.text ?? '', /5000000 bytes/)
  assert.deepEqual(await shop.ledger.payments.list({ limit: -1 }), [])
})
