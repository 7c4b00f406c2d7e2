import { z } from 'zod'
import { orderView } from '../order-view.ts'
import type { Order } from '../orders.ts'
import type { Receipt } from '../payments.ts'
import type { SimulatedHost } from '../simulated-host.ts'
import { ControlError } from './errors.ts'
import { amount, asks, does, nothing, type Route, text } from './route.ts'

const search = {
  orderId: text.optional(),
  content: text.optional(),
  qrCode: text.optional(),
  terminalCode: text.optional(),
}
type Search = z.output<z.ZodObject<typeof search>>

const named = [
  ({ orderId, content, qrCode }: Search) => (orderId ?? content ?? qrCode) !== undefined,
  { error: 'should have an orderId, a content or a qrCode' },
] as const
const cancelSchema = z.strictObject(search).refine(...named)
const paySchema = z.strictObject({ ...search, amount: amount.optional() }).refine(...named)
const shortSchema = z.strictObject({ ...search, by: amount.default(1_000) }).refine(...named)
const unmatchedSchema = z.strictObject({
  bankAccount: text,
  amount,
  content: z.string({ error: 'should be a text' }).default(''),
  terminalCode: text.optional(),
})
const ordersSchema = z.strictObject({
  open: z.enum(['true', 'false'], { error: 'should be true or false' }).optional(),
})
const CODE = '{orderId | content | qrCode, terminalCode?'

/** Orders, and the people who pay them. */
export function moneyRoutes(host: SimulatedHost): readonly Route[] {
  return [
    asks('GET', '/accounts', null, 'the accounts there are', nothing, () => host.accounts),
    asks(
      'GET',
      '/orders',
      '?open=true',
      'every code made so far; with open=true only those to pay',
      ordersSchema,
      query => (query.open === 'true' ? host.openOrders() : host.orders()).map(orderView),
    ),
    does('POST', '/pay', `${CODE}, amount?}`, 'a person pays a code; answers the receipt', paySchema, body =>
      host.pay(body),
    ),
    does('POST', '/pay-short', `${CODE}, by?}`, 'a person pays less: by 1000 VND, or as said', shortSchema, body =>
      payShort(host, body),
    ),
    does('POST', '/pay-twice', `${CODE}, amount?}`, 'a person pays a code and pays it again', paySchema, async body => {
      // By its QR code, because once it is paid another open order may fit the same words.
      const { qrCode } = host.payments.order(body)
      const code = { qrCode, amount: body.amount }
      return [await host.pay(code), await host.pay(code)]
    }),
    does(
      'POST',
      '/pay-unmatched',
      '{bankAccount, amount, content?, terminalCode?}',
      'somebody sends money that belongs to no order; the terminal is told of it, if the account is in the merchant service',
      unmatchedSchema,
      body => host.payUnmatched(body),
    ),
    does('POST', '/reverse', '{referenceNumber}', 'the bank takes the money of a payment back', referenceSchema, body =>
      host.payments.reverse(body.referenceNumber),
    ),
    does('POST', '/cancel', `${CODE}}`, 'VietQR calls an order off: lookups say status 2', cancelSchema, async body =>
      orderView(await host.payments.cancel(body)),
    ),
  ]
}

const referenceSchema = z.strictObject({ referenceNumber: text })

async function payShort(host: SimulatedHost, { by, ...code }: Search & { readonly by: number }): Promise<Receipt> {
  const order: Order = host.payments.order(code)
  const short = (order.amount ?? 0) - by
  if (short < 1) {
    throw new ControlError(
      400,
      'AMOUNT_INVALID',
      `by should be less than the amount of the code, ${order.amount ?? 'none'}`,
    )
  }
  return host.pay({ ...code, amount: short })
}
