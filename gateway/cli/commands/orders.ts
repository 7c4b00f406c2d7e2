import type { Command } from 'commander'
import type { Vnd } from '../../../protocol/money.ts'
import type { OrderView } from '../../control/views.ts'
import { call, outputOf } from '../call.ts'
import { amountArgument, type ListOptions, limitOption } from '../options.ts'
import { orderColumns, orderInWords, paymentRequest } from '../order-words.ts'
import { moment, money } from '../text.ts'

interface CreateOptions {
  readonly terminal: string
  readonly amount: Vnd
  readonly content?: string
  readonly ticket?: string
  readonly counter?: string
  readonly wait?: boolean
}

export function addOrders(orders: Command): void {
  orders
    .command('create')
    .description('ask for an amount and show its QR code')
    .requiredOption('--terminal <code>', 'the point of sale that is paid')
    .requiredOption('--amount <n>', 'whole đồng, digits only', amountArgument)
    .option('--content <text>', 'what the payer sees (default: made up)')
    .option('--ticket <text>', 'the number to call when it is paid, at most 12 bytes')
    .option('--counter <text>', 'where to call it to, at most 8 bytes')
    .option('--wait', 'stay until it is paid')
    .action(async (options: CreateOptions, command: Command) => create(options, command))
  orders
    .command('list')
    .description('orders, newest first')
    .addOption(limitOption())
    .option('--attention', 'only those that wait for a person: "orders resolve" decides about them')
    .action(async ({ limit, attention }: ListOptions & { attention?: boolean }, command: Command) => {
      const found = await call(command, 'orders list', { limit, attention })
      outputOf(command).list(found, orderColumns, attention ? 'no order waits for a person' : 'no orders yet')
    })
  orders
    .command('show')
    .description('one order')
    .argument('<id>', 'its id')
    .action(async (id: string, _options: object, command: Command) => {
      const order = await call(command, 'orders show', { id })
      outputOf(command).answer(order, () => orderInWords(order))
    })
  orders
    .command('cancel')
    .description('end an order that is not paid')
    .argument('<id>', 'its id')
    .action(async (id: string, _options: object, command: Command) => {
      const order = await call(command, 'orders cancel', { id })
      outputOf(command).done(order, `order ${order.orderId} cancelled`)
    })
  orders
    .command('resolve')
    .description('decide about an order that is held, late, short-paid, or whose goods are in doubt')
    .argument('<id>', 'its id')
    .option('--release', 'the money is right: let the goods or the call go, once')
    .option('--refund-listed', 'list the money to be given back')
    .option('--dismiss', 'nothing is owed: close it')
    .requiredOption('--reason <text>', 'why, for the record')
    .action(async (id: string, options: ResolveOptions, command: Command) => resolve(id, options, command))
}

interface ResolveOptions {
  readonly release?: boolean
  readonly refundListed?: boolean
  readonly dismiss?: boolean
  readonly reason: string
}

async function resolve(id: string, options: ResolveOptions, command: Command): Promise<void> {
  const { release, refundListed, dismiss, reason } = options
  const wanted = [release && 'release', refundListed && 'refund-listed', dismiss && 'dismiss'].filter(Boolean)
  const [decision, ...others] = wanted
  if (decision === undefined || others.length > 0) {
    command.error('error: give exactly one of --release, --refund-listed and --dismiss')
  }
  const order = await call(command, 'orders resolve', { id, decision, reason })
  outputOf(command).done(order, `order ${order.orderId}: ${order.state}, fulfilment ${order.fulfilment}`)
}

async function create(options: CreateOptions, command: Command): Promise<void> {
  const { drawQrWithin } = await import('../qr.ts')
  const output = outputOf(command)
  const { terminal, amount, content, ticket, counter, wait = false } = options
  const shown = (order: OrderView): string => paymentRequest(order, text => drawQrWithin(text, output.width))
  const asked = { terminal, amount, content, ticket, counter, wait }
  const order = await call(command, 'orders create', asked, waiting => {
    output.show(() => shown(waiting))
    output.note('waiting for the payment; Ctrl-C ends the waiting, not the order')
  })
  output.answer(order, () => (wait ? paid(order) : shown(order)))
}

function paid(order: OrderView): string {
  return `paid: ${money(order.received)}, order ${order.orderId}, ${moment(order.paidAt)}`
}
