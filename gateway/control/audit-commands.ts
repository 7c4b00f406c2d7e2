import { z } from 'zod'
import { type Command, command, ledgerLimit, listArgs } from './command.ts'
import { Pieces } from './pieces.ts'
import { auditView } from './views.ts'

export const auditCommands: Readonly<Record<string, Command>> = {
  'audit list': command(listArgs, async ({ ledger }, { limit }) => {
    return Pieces.of(ledger.audit.pages({ limit: ledgerLimit(limit) }), auditView)
  }),

  'audit verify': command(z.object({}), ({ ledger }) => ledger.audit.verify()),
}
