import { z } from 'zod'
import { isoWithOffset } from '../../protocol/time.ts'
import { hostErrorInWords } from '../../protocol/vietqr/error-codes.ts'
import { EXIT } from '../exit-codes.ts'
import { type Command, command, ledgerLimit, listArgs, running } from './command.ts'
import { CommandFailure } from './failure.ts'
import { Pieces } from './pieces.ts'
import { deadLetterView, paymentView } from './views.ts'

const asked = z.string().min(1, { error: 'is empty; name what to ask about' })

/** What arrived, what the host says about it, and how the gateway is. */
export const recordCommands: Readonly<Record<string, Command>> = {
  'payments list': command(listArgs, async ({ ledger }, { limit }) => {
    return Pieces.of(ledger.payments.pages({ limit: ledgerLimit(limit) }), paymentView)
  }),

  'payments show': command(z.object({ reference: z.string() }), async ({ ledger }, { reference }) => {
    const [payment, ...others] = await ledger.payments.find(reference)
    if (payment === undefined) {
      throw new CommandFailure(EXIT.unknown, `there is no payment ${reference}; "payments list" shows them`)
    }
    if (others.length > 0) {
      // One reference on two accounts is a transfer between them: two payments.
      const ids = [payment, ...others].map(({ paymentId }) => paymentId).join(', ')
      throw new CommandFailure(EXIT.usage, `reference ${reference} is on several accounts: name one of ${ids}`)
    }
    return paymentView(payment)
  }),

  'dead-letters list': command(listArgs, async ({ ledger }, { limit }) => {
    return Pieces.of(ledger.deadLetters.pages({ limit: ledgerLimit(limit) }), deadLetterView)
  }),

  lookup: command(
    z
      .object({ terminal: z.string(), order: asked.optional(), reference: asked.optional() })
      .refine(({ order, reference }) => (order === undefined) !== (reference === undefined), {
        error: 'give exactly one of --order and --reference',
      }),
    async (context, { terminal, order, reference }) => {
      const question =
        order === undefined
          ? { by: 'referenceNumber' as const, value: reference ?? '' }
          : { by: 'orderId' as const, value: order }
      const { code, transactions } = await running(context).questions.lookUp(terminal, question)
      if (code !== null) throw new CommandFailure(EXIT.failed, `${code}: ${hostErrorInWords(code)}`)
      return { status: 'ok', transactions }
    },
  ),

  status: command(z.object({}), async context => {
    const gateway = running(context)
    const { ledger, settings } = context
    const { link } = gateway
    const reasons = gateway.readiness()
    const [last] = await ledger.payments.list({ limit: 1 })
    return {
      site: settings.site,
      ready: reasons.length === 0,
      reasons,
      host: {
        url: settings.host.url,
        environment: settings.host.environment,
        state: link.up ? 'up' : 'down',
        since: isoWithOffset(link.since),
        ...(link.up ? {} : { reason: link.reason }),
      },
      broker: gateway.brokerAddresses.map(({ protocol, host, port }) => `${protocol}://${host}:${port}`),
      terminals: (await ledger.registry.terminals()).length,
      devices: { registered: (await ledger.registry.devices()).length, online: gateway.online.size },
      deliveriesPending: await ledger.deliveries.countPending(),
      attention: (await ledger.orders.forPeople({ limit: -1 }, Date.now())).length,
      lastPayment: last === undefined ? null : paymentView(last),
    }
  }),
}
