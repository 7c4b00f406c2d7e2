import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { dataFiles } from '../data-dir.ts'
import { EXIT } from '../exit-codes.ts'
import { BackupError } from '../ledger/ledger.ts'
import { databaseExists } from '../ledger/sqlite/database.ts'
import { type Command, command } from './command.ts'
import { CommandFailure } from './failure.ts'

/** A relative path would count from where the gateway was started, not from where the person stands. */
const absolute = z.string().refine(isAbsolute, { error: 'must be a path from the root' })

export const backupCommands: Readonly<Record<string, Command>> = {
  backup: command(z.object({ file: absolute }), async (context, { file }) => {
    // Asking for the ledger of a gateway that does not run would make one.
    if (context.gateway === null && !databaseExists(dataFiles(context.settings.dataDir).database)) {
      throw new CommandFailure(EXIT.unknown, 'this gateway has stored nothing yet: there is nothing to back up')
    }
    try {
      return await context.ledger.backup(file)
    } catch (error) {
      if (error instanceof BackupError) throw new CommandFailure(EXIT.failed, error.message, { cause: error })
      throw error
    }
  }),
}
