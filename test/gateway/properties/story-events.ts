import fc from 'fast-check'
import { vnd } from '../../../protocol/money.ts'
import type { LookupRow } from '../../../protocol/vietqr/lookup.ts'
import { DEVICES } from '../../support/shop.ts'

/** Something that happens to a gateway. Orders are told by their place, references are few, so that many are the same. */
export type Event =
  | { readonly kind: 'order'; readonly by: 'vending-1' | 'pos-1'; readonly ticket: boolean }
  | {
      readonly kind: 'balance change'
      readonly reference: number
      readonly order: number
      readonly amount: number
      readonly direction: 'C' | 'D'
      readonly status: 0 | 1
      /** Whether the bank knows of it; otherwise somebody has made it up. */
      readonly real: boolean
    }
  | { readonly kind: 'lookup'; readonly order: number }
  | { readonly kind: 'cancel' | 'hold'; readonly order: number }
  | { readonly kind: 'time' | 'clock jump'; readonly ms: number }
  | { readonly kind: 'away' | 'back'; readonly device: string }
  | { readonly kind: 'crash' }

/** What every order of a story asks for. */
export const ASKED = 25_000
const device = fc.constantFrom(...DEVICES.map(([deviceId]) => deviceId))
const order = fc.nat(2)

export const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      by: fc.constantFrom('vending-1' as const, 'pos-1' as const),
      ticket: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('balance change' as const),
      reference: fc.nat(5),
      order: fc.nat(3),
      amount: fc.constantFrom(ASKED, ASKED, 10_000, 15_000, 1),
      direction: fc.constantFrom('C' as const, 'C' as const, 'C' as const, 'D' as const),
      status: fc.constantFrom(1 as const, 1 as const, 1 as const, 0 as const),
      real: fc.oneof(fc.constant(true), fc.boolean()),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('lookup' as const), order }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('cancel' as const, 'hold' as const), order }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      ms: fc.oneof(fc.nat(5000), fc.nat(120_000), fc.nat(1_000_000)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('clock jump' as const),
      ms: fc.integer({ min: -3_600_000, max: 3_600_000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('away' as const, 'back' as const), device }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
)

/** What a lookup shows of money the bank knows. */
export function rowOf(money: {
  readonly reference: string
  readonly orderId: string | null
  readonly amount: number
}): LookupRow {
  return {
    referenceNumber: money.reference,
    orderId: money.orderId,
    amount: vnd(money.amount),
    content: 'CAPHE',
    direction: 'in',
    status: 'paid',
    timeCreated: null,
    timePaid: null,
    terminalCode: null,
    note: '',
    refundCount: 0,
    amountRefunded: null,
  }
}
