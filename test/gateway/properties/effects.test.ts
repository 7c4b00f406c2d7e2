import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Order } from '../../../gateway/ledger/model.ts'
import { effectOf } from '../../../gateway/payments/effects.ts'
import { vnd } from '../../../protocol/money.ts'

const T0 = Date.UTC(2026, 0, 5, 2, 0, 0)
const TTL_MS = 300_000
const GRACE_MS = 600_000
const ASKED = 100_000

/** Money that comes after some time, or an end of the order by time or by hand. */
const steps = fc.array(
  fc.record({
    after: fc.oneof(fc.nat(60_000), fc.nat(1_000_000)),
    // How long it waited for its confirmation.
    waited: fc.oneof(fc.constant(0), fc.nat(60_000)),
    what: fc.oneof(
      { weight: 6, arbitrary: fc.oneof(fc.integer({ min: 1, max: 60_000 }), fc.constant(ASKED)) },
      { weight: 1, arbitrary: fc.constantFrom('expired', 'cancelled', 'held') },
    ),
  }),
  { maxLength: 12 },
)

/** From which states an order comes to its end by time or by hand. */
const ENDS: Readonly<Record<'expired' | 'cancelled' | 'held', readonly Order['state'][]>> = {
  expired: ['requested', 'awaiting_payment'],
  cancelled: ['requested', 'awaiting_payment'],
  held: ['paid', 'awaiting_payment', 'underpaid', 'expired'],
}

function freshOrder(state: 'requested' | 'awaiting_payment'): Order {
  return {
    orderId: 'ORDER12345678',
    requestId: null,
    deviceId: null,
    terminalCode: 'SHOP01',
    bankAccount: '9990000001',
    amount: vnd(ASKED),
    received: vnd(0),
    content: 'CAPHE',
    answerContent: null,
    qrContent: null,
    ticket: null,
    counter: null,
    item: null,
    state,
    fulfilment: 'none',
    qrCode: null,
    qrWarning: null,
    traceToken: null,
    errorCode: null,
    errorMessage: null,
    createdAt: T0,
    expiresAt: T0 + TTL_MS,
    paidAt: null,
    confirmedAt: null,
    releasedAt: null,
    closedAt: null,
  }
}

const histories = fc.record({ first: fc.constantFrom('requested' as const, 'awaiting_payment' as const), steps })

test('an order has received the sum of its payments, is paid once and only in time, and short money never sounds paid', () => {
  fc.assert(
    fc.property(histories, ({ first, steps }) => {
      let order = freshOrder(first)
      let now = T0
      let sum = 0
      let completions = 0
      for (const { after, waited, what } of steps) {
        now += after
        if (typeof what === 'string') {
          if (ENDS[what].includes(order.state)) order = { ...order, state: what, closedAt: now }
          continue
        }
        sum += what
        const before = order
        const effect = effectOf(vnd(what), order, now - waited, now, GRACE_MS)
        assert.ok(effect.order !== null)
        order = effect.order
        assert.equal(order.received, sum)
        if (effect.completes) {
          completions += 1
          assert.equal(order.state, 'paid')
          assert.ok(sum >= ASKED && now - waited <= order.expiresAt, 'completed too early or too late')
          assert.ok(['requested', 'awaiting_payment', 'underpaid', 'expired'].includes(before.state))
        }
        assert.equal(effect.match === 'under', sum < ASKED && effect.match !== 'late')
        if (sum < ASKED) assert.notEqual(effect.announcement.kind, 'paid')
        if (effect.match === 'late') {
          assert.equal(effect.announcement.kind, 'late')
          assert.notEqual(order.state, 'paid')
        }
        assert.equal(effect.orderChanged || order.state === before.state, true)
      }
      assert.ok(completions <= 1)
    }),
  )
})

test('a forged payment of the largest amount overflows no sum', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 999_999_999_999 }), { maxLength: 20 }), amounts => {
      let order: Order | null = freshOrder('awaiting_payment')
      for (const amount of amounts) order = effectOf(vnd(amount), order, T0, T0, GRACE_MS).order
      assert.ok(order !== null && Number.isSafeInteger(order.received) && order.received <= 999_999_999_999)
    }),
  )
})
