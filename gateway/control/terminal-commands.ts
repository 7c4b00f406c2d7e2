import { z } from 'zod'
import { checkTerminalCode, TopicError } from '../../protocol/vietqr/topics.ts'
import { type Command, command, ledgerLimit, listArgs } from './command.ts'
import { CommandFailure, EXIT } from './failure.ts'
import { terminalView } from './views.ts'

const code = z.string().superRefine((value, context) => {
  try {
    checkTerminalCode(value)
  } catch (error) {
    if (!(error instanceof TopicError)) throw error
    context.addIssue({ code: 'custom', message: error.message })
  }
})
/** VietQR's server takes ASCII only; its documentation says names without diacritics. */
const ascii = (most: number) =>
  z
    .string()
    .trim()
    .min(1, { error: 'is empty' })
    .max(most, { error: `has more than ${most} characters` })
    .regex(/^[ -~]+$/, { error: 'has letters with diacritics; write it without them, as VietQR stores it' })
const named = z.object({ code: z.string() })

export const terminalCommands: Readonly<Record<string, Command>> = {
  'terminals add': command(
    z.object({
      code,
      bankCode: ascii(20),
      bankAccount: z.string().regex(/^[A-Za-z0-9]{4,24}$/, { error: 'must be 4 to 24 letters and digits' }),
      holder: ascii(100),
      name: z.string().trim().max(100).optional(),
      serviceCode: ascii(50).optional(),
    }),
    async ({ ledger, gateway }, args) => {
      const terminal = {
        terminalCode: args.code,
        bankCode: args.bankCode,
        bankAccount: args.bankAccount,
        holder: args.holder,
        name: args.name ?? args.code,
        serviceCode: args.serviceCode ?? null,
        createdAt: Date.now(),
      }
      await ledger.registry.addTerminal(terminal)
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

  'terminals remove': command(named, async ({ ledger, gateway }, args) => {
    if (!(await ledger.registry.removeTerminal(args.code))) throw unknown(args.code)
    await gateway?.refreshSubscriptions()
    return { terminalCode: args.code, removed: true }
  }),
}

function unknown(code: string): CommandFailure {
  return new CommandFailure(EXIT.unknown, `there is no terminal ${code}; "terminals list" shows them`)
}
