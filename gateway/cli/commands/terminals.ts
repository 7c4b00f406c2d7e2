import type { Command } from 'commander'
import type { TerminalView } from '../../control/views.ts'
import { call, outputOf } from '../call.ts'
import { type ListOptions, limitOption } from '../options.ts'
import type { Column } from '../table.ts'
import { details, moment } from '../text.ts'

interface AddOptions {
  readonly bankCode: string
  readonly bankAccount: string
  readonly holder: string
  readonly name?: string
  readonly serviceCode?: string
}

export function addTerminals(terminals: Command): void {
  terminals
    .command('add')
    .description('register a point of sale')
    .argument('<code>', 'the terminalCode VietQR gave it')
    .requiredOption('--bank-code <code>', 'the bank, such as MB')
    .requiredOption('--bank-account <number>', 'the account that is paid')
    .requiredOption('--holder <name>', 'the account holder, letter by letter as VietQR stores it')
    .option('--name <name>', 'what people call it')
    .option('--service-code <code>', 'the service code, where VietQR gave one')
    .action(async (code: string, options: AddOptions, command: Command) => {
      const { bankCode, bankAccount, holder, name, serviceCode } = options
      const terminal = await call(command, 'terminals add', { code, bankCode, bankAccount, holder, name, serviceCode })
      outputOf(command).done(terminal, `terminal ${terminal.terminalCode} added`)
    })
  terminals
    .command('list')
    .description('all points of sale')
    .addOption(limitOption())
    .action(async ({ limit }: ListOptions, command: Command) => {
      const found = await call(command, 'terminals list', { limit })
      outputOf(command).list(found, COLUMNS, 'no terminals yet; "terminals add" registers one')
    })
  terminals
    .command('show')
    .description('one point of sale')
    .argument('<code>', 'its terminalCode')
    .action(async (code: string, _options: object, command: Command) => {
      const terminal = await call(command, 'terminals show', { code })
      outputOf(command).answer(terminal, () => inWords(terminal))
    })
  terminals
    .command('remove')
    .description('forget a point of sale that has no devices and no open orders')
    .argument('<code>', 'its terminalCode')
    .action(async (code: string, _options: object, command: Command) => {
      const removed = await call(command, 'terminals remove', { code })
      outputOf(command).done(removed, `terminal ${code} removed`)
    })
}

const COLUMNS: readonly Column<TerminalView>[] = [
  { title: 'TERMINAL', value: ({ terminalCode }) => terminalCode },
  { title: 'NAME', value: ({ name }) => name, spare: 2, free: true },
  { title: 'BANK', value: ({ bankCode }) => bankCode },
  { title: 'ACCOUNT', value: ({ bankAccount }) => bankAccount },
  { title: 'HOLDER', value: ({ holder }) => holder, free: true },
  { title: 'ADDED', value: ({ createdAt }) => moment(createdAt), spare: 3 },
]

function inWords(terminal: TerminalView): string {
  return details(Object.entries({ ...terminal, createdAt: moment(terminal.createdAt) }))
}
