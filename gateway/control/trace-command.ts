import { z } from 'zod'
import { isoWithOffset } from '../../protocol/time.ts'
import { EXIT } from '../exit-codes.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Delivery, Order, Payment } from '../ledger/model.ts'
import { type Command, command, running } from './command.ts'
import { CommandFailure } from './failure.ts'

/** Something that happened on the way of a payment. */
export interface TraceStep {
  /** Milliseconds since the first of them. */
  readonly ms: number
  readonly at: string
  readonly step: string
  /** Whom it happened to; null for the order itself. */
  readonly subject: string | null
  readonly text: string
}

export interface Trace {
  readonly orderId: string | null
  readonly referenceNumbers: readonly string[]
  readonly steps: readonly TraceStep[]
}

type Happening = Omit<TraceStep, 'ms' | 'at'> & { readonly at: number | null }

/** `trace`: one payment from the host's message to what each device made of it. */
export const traceCommands: Readonly<Record<string, Command>> = {
  trace: command(
    z.object({ about: z.string().min(1, { error: 'is empty; name an order or a reference' }) }),
    (context, { about }) => {
      running(context)
      return traceOf(context.ledger, about)
    },
  ),
}

async function traceOf(ledger: Ledger, about: string): Promise<Trace> {
  const order = await ledger.orders.get(about)
  const named = order === null ? await ledger.payments.find(about) : []
  const [payment, ...others] = named
  if (others.length > 0) {
    const ids = named.map(({ paymentId }) => paymentId).join(', ')
    throw new CommandFailure(EXIT.usage, `reference ${about} is on several accounts: name one of ${ids}`)
  }
  if (order !== null) return traceOfOrder(ledger, order)
  if (payment === undefined) {
    throw new CommandFailure(
      EXIT.unknown,
      `there is no order and no payment ${about}; "orders list" and "payments list" show them`,
    )
  }
  const paid = payment.orderId === null ? null : await ledger.orders.get(payment.orderId)
  if (paid !== null) return traceOfOrder(ledger, paid)
  return inOrder(null, [payment], await ledger.deliveries.ofPayment(payment))
}

async function traceOfOrder(ledger: Ledger, order: Order): Promise<Trace> {
  const { orderId } = order
  return inOrder(order, await ledger.payments.ofOrder(orderId), await ledger.deliveries.ofOrder(orderId))
}

function inOrder(order: Order | null, payments: readonly Payment[], deliveries: readonly Delivery[]): Trace {
  const ofOrder = order === null ? [] : stepsOfOrder(order)
  // Of what happened in one millisecond the money comes first, then what it meant.
  const all = [...payments.map(stepOfPayment), ...ofOrder, ...deliveries.flatMap(stepsOf)]
  const happened = all.flatMap(({ at, ...step }) => (at === null ? [] : [{ at, ...step }]))
  const sorted = happened.toSorted((one, other) => one.at - other.at)
  const first = sorted[0]?.at ?? 0
  return {
    orderId: order?.orderId ?? null,
    referenceNumbers: payments.map(({ referenceNumber }) => referenceNumber),
    steps: sorted.map(({ at, ...step }) => ({ ms: at - first, at: isoWithOffset(at), ...step })),
  }
}

function stepsOfOrder(order: Order): readonly Happening[] {
  const { orderId, amount, createdAt, paidAt, confirmedAt, releasedAt, closedAt, state } = order
  const about = (step: string, at: number | null, text: string): Happening => ({ step, at, subject: null, text })
  return [
    about('ordered', createdAt, `order ${orderId} of ${amount} VND`),
    about('paid', paidAt, `the money is complete`),
    about('confirmed', confirmedAt, 'VietQR agreed when it was asked'),
    about('released', releasedAt, 'the goods or the call may go'),
    about('closed', state === 'paid' ? null : closedAt, `the order is ${state}`),
  ]
}

function stepOfPayment(payment: Payment): Happening {
  const { receivedAt: at, source, referenceNumber, amount, match, settled } = payment
  const found = source === 'lookup' ? 'found by lookup' : 'told by VietQR'
  const text = `${amount} VND, ${referenceNumber}, ${found}, ${settled ? (match ?? 'waits') : 'not settled'}`
  return { step: 'payment', at, subject: null, text }
}

function stepsOf({ deviceId, kind, state, error, attempts, ...times }: Delivery): readonly Happening[] {
  const about = (step: string, at: number | null, text: string): Happening => ({ step, at, subject: deviceId, text })
  const again = attempts > 1 ? `, ${attempts} times` : ''
  return [
    about('queued', times.createdAt, kind),
    about('sent', times.sentAt, `${kind}${again}`),
    about('received', times.receivedAt, kind),
    about(state, times.endedAt, error === null ? kind : `${kind}: ${error}`),
  ]
}
