import type { Command } from 'commander'
import type { PaymentView } from '../../control/views.ts'
import { call, outputOf } from '../call.ts'
import { type ListOptions, limitOption } from '../options.ts'
import type { Column } from '../table.ts'
import { details, moment, money } from '../text.ts'

export function addPayments(payments: Command): void {
  payments
    .command('list')
    .description('payments, newest first')
    .addOption(limitOption())
    .action(async ({ limit }: ListOptions, command: Command) => {
      const found = await call(command, 'payments list', { limit })
      outputOf(command).list(found, COLUMNS, 'no payments yet')
    })
  payments
    .command('show')
    .description('one payment')
    .argument('<ref>', 'its reference number, or its id')
    .action(async (reference: string, _options: object, command: Command) => {
      const payment = await call(command, 'payments show', { reference })
      outputOf(command).answer(payment, () => inWords(payment))
    })
}

const COLUMNS: readonly Column<PaymentView>[] = [
  { title: 'REFERENCE', value: ({ referenceNumber }) => referenceNumber },
  { title: 'RECEIVED', value: ({ receivedAt }) => moment(receivedAt), spare: 1 },
  { title: 'AMOUNT', value: signed, align: 'right' },
  { title: 'MATCH', value: ({ match, settled }) => (settled ? match : 'unsettled') },
  { title: 'ORDER', value: ({ orderId }) => orderId ?? '-', spare: 2 },
  { title: 'TERMINAL', value: ({ terminalCode }) => terminalCode, spare: 3 },
  { title: 'SOURCE', value: ({ source }) => source, spare: 5 },
  { title: 'CONTENT', value: ({ content }) => content, spare: 4, free: true },
]

/** Money that left the account must not look like money that came. */
function signed({ amount, direction }: PaymentView): string {
  return direction === 'out' ? `-${money(amount)}` : money(amount)
}

function inWords(payment: PaymentView): string {
  return details(
    Object.entries({
      ...payment,
      amount: signed(payment),
      receivedAt: moment(payment.receivedAt),
      hostTimePaid: moment(payment.hostTimePaid),
    }),
  )
}
