import { on } from 'node:events'
import { z } from 'zod'
import { parseAmount } from '../../protocol/money.ts'
import { isoWithOffset } from '../../protocol/time.ts'
import { EXIT } from '../exit-codes.ts'
import type { Gateway } from '../gateway.ts'
import type { Order } from '../ledger/model.ts'
import { DECISIONS } from '../orders/decision.ts'
import { type Command, type CommandContext, command, ledgerLimit, listArgs, running } from './command.ts'
import { CommandFailure } from './failure.ts'
import { Pieces } from './pieces.ts'
import { orderView } from './views.ts'

const named = z.object({ id: z.string() })
const short = (bytes: number) =>
  z
    .string()
    .min(1, { error: 'is empty; leave it out, or say what to call' })
    .refine(text => Buffer.byteLength(text) <= bytes, { error: `has more than ${bytes} bytes` })
    .refine(text => !/\p{C}/u.test(text), { error: 'contains control characters' })

export const orderCommands: Readonly<Record<string, Command>> = {
  'orders create': command(
    z.object({
      terminal: z.string(),
      amount: z.union([z.string(), z.number()]),
      content: z.string().optional(),
      ticket: short(12).optional(),
      counter: short(8).optional(),
      wait: z.boolean().default(false),
    }),
    async (context, args) => {
      const gateway = running(context)
      // Listening begins before the order is opened: the QR may come in the same moment.
      const changes = on(gateway.events, 'order', { signal: context.signal })
      const opened = await gateway.orders.open({
        deviceId: null,
        terminalCode: args.terminal,
        requestId: null,
        amount: parseAmount(args.amount),
        content: args.content ?? null,
        ticket: args.ticket ?? null,
        counter: args.counter ?? null,
        item: null,
        ttlSeconds: null,
      })
      const asked = await until(changes, opened.order.orderId, order => order.state !== 'requested')
      if (asked.state === 'failed') throw notPayable(asked)
      if (!args.wait) return orderView(asked)
      context.progress(orderView(asked))
      const paid = await untilOver(context, gateway, asked.orderId, asked.expiresAt)
      if (paid.state !== 'paid')
        throw new CommandFailure(EXIT.timeout, `order ${paid.orderId} is ${paid.state}, not paid`)
      return orderView(paid)
    },
  ),

  'orders list': command(listArgs.extend({ attention: z.boolean().default(false) }), async ({ ledger }, args) => {
    const { limit, attention } = args
    if (attention) return (await ledger.orders.forPeople({ limit: ledgerLimit(limit) }, Date.now())).map(orderView)
    return Pieces.of(ledger.orders.pages({ limit: ledgerLimit(limit) }), orderView)
  }),

  'orders show': command(named, async ({ ledger }, { id }) => {
    const order = await ledger.orders.get(id)
    if (order === null) throw unknown(id)
    return orderView(order)
  }),

  'orders cancel': command(named, async (context, { id }) => {
    const cancelled = await running(context).orders.cancel(id, null)
    if (cancelled === null) throw unknown(id)
    if (!cancelled.changed && cancelled.order.state !== 'cancelled') {
      throw new CommandFailure(
        EXIT.failed,
        `ORDER_CLOSED: order ${id} is ${cancelled.order.state} and cannot be cancelled`,
      )
    }
    return orderView(cancelled.order)
  }),

  'orders resolve': command(
    z.object({
      id: z.string(),
      decision: z.enum(DECISIONS),
      reason: z
        .string()
        .trim()
        .min(1, { error: 'is empty: say why' })
        .max(500, { error: 'has more than 500 characters' }),
    }),
    async (context, { id, decision, reason }) => {
      const decided = await running(context).decide(id, decision, reason, context.by)
      if (decided === null) throw unknown(id)
      if (decided.refusal !== null) throw new CommandFailure(EXIT.failed, decided.refusal)
      return orderView(decided.order)
    },
  ),

  reconcile: command(z.object({ sinceMs: z.int().positive() }), async (context, { sinceMs }) => {
    const gateway = running(context)
    const report = await gateway.reconcile(Date.now() - sinceMs, (count, of) => context.progress({ asked: count, of }))
    return { ...report, since: isoWithOffset(report.since) }
  }),

  simulate: command(named, async (context, { id }) => {
    assertSandbox(context)
    return orderView(await running(context).questions.simulate(id, null))
  }),
}

function assertSandbox({ settings }: CommandContext): void {
  if (settings.host.environment === 'sandbox') return
  const why = 'simulated payments exist in the sandbox only; host.environment is production'
  throw new CommandFailure(EXIT.policy, `SANDBOX_ONLY: ${why}`)
}

function isOver({ state }: Order): boolean {
  return state !== 'requested' && state !== 'awaiting_payment' && state !== 'underpaid'
}

/** The order once it is paid or can no longer be paid in time; a short-paid one says nothing when its time is over. */
async function untilOver(
  { ledger, signal }: CommandContext,
  gateway: Gateway,
  orderId: string,
  expiresAt: number,
): Promise<Order> {
  const timeOver = AbortSignal.timeout(Math.max(expiresAt - Date.now(), 0) + 1000)
  const changes = on(gateway.events, 'order', { signal: AbortSignal.any([signal, timeOver]) })
  const now = await ledger.orders.get(orderId)
  try {
    return await until(changes, orderId, isOver, now ?? undefined)
  } catch (error) {
    const last = timeOver.aborted ? await ledger.orders.get(orderId) : null
    if (last === null) throw error
    return last
  }
}

/** The order once it is as wanted; `changes` is left open for the next question. */
async function until(
  changes: AsyncIterator<unknown[]>,
  orderId: string,
  wanted: (order: Order) => boolean,
  now?: Order,
): Promise<Order> {
  if (now !== undefined && wanted(now)) return now
  for (;;) {
    const { value } = await changes.next()
    const order: Order | undefined = value?.[0]
    if (order === undefined) throw new CommandFailure(EXIT.failed, 'the gateway stopped')
    if (order.orderId === orderId && wanted(order)) return order
  }
}

function notPayable(order: Order): CommandFailure {
  const exit = order.errorCode === 'HOST_SILENT' ? EXIT.timeout : EXIT.failed
  return new CommandFailure(exit, `${order.errorCode}: ${order.errorMessage}`)
}

function unknown(id: string): CommandFailure {
  return new CommandFailure(EXIT.unknown, `there is no order ${id}; "orders list" shows them`)
}
