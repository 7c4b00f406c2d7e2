import { z } from 'zod'
import { EXIT } from '../exit-codes.ts'
import { type Command, command, ledgerLimit, listArgs } from './command.ts'
import { CommandFailure } from './failure.ts'
import { bankAccount, bankCode, holder, newTerminalCode, serviceCode, terminalName } from './terminal-words.ts'
import { terminalView } from './views.ts'

const named = z.object({ code: z.string() })

export const terminalCommands: Readonly<Record<string, Command>> = {
  'terminals add': command(
    z.object({
      code: newTerminalCode,
      bankCode,
      bankAccount,
      holder,
      name: terminalName.optional(),
      serviceCode: serviceCode.optional(),
    }),
    async ({ ledger, gateway, by }, args) => {
      const terminal = {
        terminalCode: args.code,
        bankCode: args.bankCode,
        bankAccount: args.bankAccount,
        holder: args.holder,
        name: args.name ?? args.code,
        serviceCode: args.serviceCode ?? null,
        createdAt: Date.now(),
      }
      await ledger.registry.addTerminal(terminal, by)
      await gateway?.refreshSubscriptions()
      return terminalView({ ...terminal, hostHolder: null })
    },
  ),

  'terminals list': command(listArgs, async ({ ledger }, { limit }) => {
    const terminals = await ledger.registry.terminals()
    return terminals.slice(0, limit === 0 ? undefined : ledgerLimit(limit)).map(terminalView)
  }),

  'terminals show': command(named, async ({ ledger }, args) => {
    const terminal = await ledger.registry.terminal(args.code)
    if (terminal === null) throw unknown(args.code)
    return terminalView(terminal)
  }),

  'terminals remove': command(named, async ({ ledger, gateway, by }, args) => {
    if (!(await ledger.registry.removeTerminal(args.code, Date.now(), by))) throw unknown(args.code)
    await gateway?.refreshSubscriptions()
    return { terminalCode: args.code, removed: true }
  }),
}

function unknown(code: string): CommandFailure {
  return new CommandFailure(EXIT.unknown, `there is no terminal ${code}; "terminals list" shows them`)
}
