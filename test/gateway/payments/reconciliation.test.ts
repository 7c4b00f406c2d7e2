import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lookups } from '../../../gateway/host/lookups.ts'
import { Inquiries } from '../../../gateway/payments/inquiries.ts'
import { reconcile } from '../../../gateway/payments/reconciliation.ts'
import { HostTopics } from '../../../protocol/vietqr/topics.ts'
import { FakeLink } from '../../support/fake-link.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { openShop, pay, T0, TERMINAL } from '../../support/shop.ts'

test('reconciling returns exactly what was found, still open, conflicting and unanswered, with day totals', async () => {
  await using shop = await openShop()
  const unseen = await shop.order(null, 25_000)
  const open = await shop.order(null, 30_000)
  const contradicted = await shop.order(null, 40_000)
  const refused = await shop.order(null, 50_000)
  const known = await shop.order(null, 60_000)
  await pay(shop, { orderId: known.orderId, amount: 60_000, referenceNumber: 'FT-KNOWN' })
  await pay(shop, { amount: 1_000, referenceNumber: 'FT-OTHER', content: 'x' })
  const paid = (orderId: string, referenceNumber: string, amount: number) => [
    { orderId, referenceNumber, amount, transType: 'C', status: 1, content: 'x' },
  ]
  const replies = new Map<unknown, unknown>([
    [unseen.orderId, paid(unseen.orderId, 'FT-UNSEEN', 25_000)],
    [open.orderId, []],
    [contradicted.orderId, paid(contradicted.orderId, 'FT-OTHER', 40_000)],
    [refused.orderId, { status: 'FAILED', message: 'E05' }],
  ])

  const clock = new ManualClock(T0 + 5000)
  const link = new FakeLink()
  const lookups = new Lookups(link, new HostTopics(), clock, { perSecond: 1000, timeoutMs: 2000, suffix: 'terminal' })
  link.answer = ({ payload }) => {
    const said = Buffer.from(JSON.stringify(replies.get(payload.value)))
    lookups.answer(TERMINAL, null, { topic: 'reply', payload: said, receivedAt: clock.now() })
  }
  const inquiries = new Inquiries(lookups, shop.ledger.payments, () => {})
  const running = reconcile(shop.ledger, inquiries, T0, () => {})
  await clock.advance(1000)
  const { terminals, days, asked } = await running

  assert.equal(asked, 4)
  assert.equal(terminals.length, 1)
  const [report] = terminals
  assert.deepEqual(report?.found, [{ orderId: unseen.orderId, referenceNumber: 'FT-UNSEEN', amount: 25_000 }])
  assert.deepEqual(report?.open, [open.orderId])
  assert.deepEqual(
    report?.conflicting.map(({ orderId, referenceNumber }) => [orderId, referenceNumber]),
    [[contradicted.orderId, 'FT-OTHER']],
  )
  assert.deepEqual(report?.unanswered, [{ orderId: refused.orderId, code: 'E05' }])
  assert.deepEqual(days, [{ day: '2026-01-05', terminalCode: TERMINAL, payments: 3, amount: 86_000 }])
})
