import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addApply } from './commands/apply.ts'
import { addAudit } from './commands/audit.ts'
import { addBackup } from './commands/backup.ts'
import { addBroker } from './commands/broker.ts'
import { addConfig } from './commands/config.ts'
import { addDeadLetters } from './commands/dead-letters.ts'
import { addDevices } from './commands/devices.ts'
import { addInit } from './commands/init.ts'
import { addLookup } from './commands/lookup.ts'
import { addOrders } from './commands/orders.ts'
import { addPairing } from './commands/pairing.ts'
import { addPayments } from './commands/payments.ts'
import { addReconcile } from './commands/reconcile.ts'
import { addRun } from './commands/run.ts'
import { addSandbox } from './commands/sandbox.ts'
import { addSimulate } from './commands/simulate.ts'
import { addStatus } from './commands/status.ts'
import { addTerminals } from './commands/terminals.ts'
import { addTrace } from './commands/trace.ts'
import { harmless } from './text.ts'

/**
 * The whole command line. Only words are loaded here; what a command does is imported when it is called, so that --help
 * answers at once, also on a small box.
 */
export function buildProgram(): Command {
  const program = new Command('vietqr-gateway')
    .description('Relays VietQR payments to the devices of a shop.')
    .version(version(), '-V, --version', 'print the version')
    .option('--config <file>', 'the configuration (default: ./gateway.yaml)')
    .option('--json', 'print exactly one JSON value on stdout')
    .option('--quiet', 'print only what was asked for')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(refusal(text)) })
    .exitOverride()
  for (const add of [
    addInit,
    addConfig,
    addRun,
    addSandbox,
    addStatus,
    addTerminals,
    addDevices,
    addPairing,
    addApply,
    addOrders,
    addPayments,
    addLookup,
    addReconcile,
    addSimulate,
    addTrace,
    addDeadLetters,
    addAudit,
    addBackup,
    addBroker,
  ]) {
    add(program)
  }
  hint(program, program.name())
  return program
}

/** Every usage error ends by saying where the right usage stands. */
function hint(command: Command, path: string): void {
  command.showHelpAfterError(usageHint(path))
  for (const child of command.commands) hint(child, `${path} ${child.name()}`)
}

export function usageHint(path: string): string {
  return `"${path} --help" shows how it is used`
}

/** commander's sentences quote what was typed. */
function refusal(text: string): string {
  const lines = text
    .trimEnd()
    .replace(/^error: /, '')
    .split('\n')
  return `vietqr-gateway: ${lines.map(harmless).join('\n')}\n`
}

/** The version of the package this file is part of, wherever it was built to. */
function version(): string {
  for (let folder = new URL('.', import.meta.url), above = folder; ; folder = above) {
    above = new URL('..', folder)
    try {
      const text = readFileSync(new URL('package.json', folder), 'utf8')
      const found: { name?: unknown; version?: unknown } = JSON.parse(text)
      if (found.name === 'vietqr-gateway') return String(found.version)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
    if (above.href === folder.href) return 'unknown'
  }
}
