import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { MosquittoFilesError } from '../broker/mosquitto-files.ts'
import { exportLogins, rememberExport } from '../broker/mosquitto-logins.ts'
import { ReloadError, reloadMosquitto } from '../broker/mosquitto-reload.ts'
import { ConfigError } from '../config/error.ts'
import { EXIT } from '../exit-codes.ts'
import { type Command, type CommandContext, command } from './command.ts'
import { CommandFailure } from './failure.ts'

/** What was written for Mosquitto, and what a person still has to do about it. */
export interface BrokerExport {
  readonly passwords: string
  readonly access: string
  readonly devices: number
  readonly changed: boolean
  /** Whether Mosquitto was told to read the files again. */
  readonly reloaded: boolean
  readonly warnings: readonly string[]
}

/** A relative path would count from where the gateway was started, not from where the person stands. */
const absolute = z.string().refine(isAbsolute, { error: 'must be a path from the root' })

export const brokerCommands: Readonly<Record<string, Command>> = {
  'broker export': command(z.object({ directory: absolute }), async (context, { directory }): Promise<BrokerExport> => {
    try {
      return await exported(context, directory)
    } catch (error) {
      if (error instanceof MosquittoFilesError) throw new CommandFailure(EXIT.failed, error.message, { cause: error })
      if (error instanceof ConfigError) throw new CommandFailure(EXIT.configuration, error.message, { cause: error })
      throw error
    }
  }),
}

async function exported({ settings, ledger }: CommandContext, directory: string): Promise<BrokerExport> {
  const { registry } = ledger
  const { withoutPassword, nameTaken, ...written } = await exportLogins(settings, registry, directory)
  await rememberExport(settings, directory)
  const warnings: string[] = []
  if (settings.broker.username === undefined || settings.broker.passwordFile === undefined) {
    warnings.push('the gateway itself cannot log in: set broker.username and broker.passwordFile, and export again')
  }
  if (withoutPassword.length > 0) {
    const ids = withoutPassword.join(', ')
    warnings.push(`left out, because they were paired before Mosquitto's passwords were kept: ${ids}; rotate them`)
  }
  if (nameTaken !== null) {
    warnings.push(`device ${nameTaken} is left out: its id is the gateway's own broker.username; choose another name`)
  }
  let reloaded = false
  try {
    reloaded = written.changed && (await reloadMosquitto(settings.broker.reload))
  } catch (error) {
    if (!(error instanceof ReloadError)) throw error
    warnings.push(`Mosquitto was not told to read them: ${error.message}`)
  }
  return { ...written, reloaded, warnings }
}
