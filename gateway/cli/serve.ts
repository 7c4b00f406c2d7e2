import { addressUrl, hostPort } from '../config/addresses.ts'
import { findConfig, loadSettings } from '../config/load.ts'
import { loadSecrets } from '../config/secrets.ts'
import { EXIT } from '../exit-codes.ts'
import { createLogger } from '../log.ts'
import { runGateway } from '../run.ts'
import type { GlobalOptions } from './output.ts'

/** How long something forgotten may keep a stopped gateway's process alive. */
const LINGER_MS = 3_000

/**
 * Runs the gateway of a configuration until the process is asked to stop.
 * @throws ConfigError, and what runGateway throws
 */
export async function serve({ config, quiet }: GlobalOptions): Promise<void> {
  const file = findConfig(config, process.cwd())
  const settings = loadSettings(file, process.env)
  const secrets = loadSecrets(settings, process.env)
  const log = createLogger(quiet === true ? { ...settings.log, level: atLeastWarn(settings.log.level) } : settings.log)
  // First in line: after this nothing can be trusted any more, and the ledger knows how to go on.
  process.prependListener('uncaughtException', error => {
    log.fatal({ err: error }, 'the gateway failed and ends')
    process.exit(EXIT.failed)
  })
  // Heard from here on, so that a stop during the start is not lost.
  const asked = stopAsked()
  const running = await runGateway(settings, secrets, log)
  const broker = running.gateway.brokerAddresses.map(addressUrl)
  log.info({ site: settings.site, config: file, broker, http: hostPort(running.http) }, 'the gateway runs')
  log.info({ signal: await asked }, 'the gateway stops')
  await running.stop()
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopAsked(): Promise<string> {
  return new Promise(resolve => {
    const signals = ['SIGINT', 'SIGTERM'] as const
    const heard = (signal: string): void => {
      for (const other of signals) process.off(other, heard)
      resolve(signal)
    }
    for (const signal of signals) process.on(signal, heard)
  })
}

function atLeastWarn<Level extends string>(level: Level): Level | 'warn' {
  return ['trace', 'debug', 'info'].includes(level) ? 'warn' : level
}
