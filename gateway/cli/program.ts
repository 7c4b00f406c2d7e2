import { Command, Help } from 'commander'
import { harmless } from './text.ts'

interface ListedCommand {
  /** Its name and how it goes on, as commander lists it. */
  readonly term: string
  readonly description: string
  /** Loads what gives a command its own options, arguments, commands and action. */
  complete(): Promise<(command: Command) => void>
}

/** What the list of commands shows of each; the rest of one is loaded when it is named. */
const COMMANDS: readonly ListedCommand[] = [
  {
    term: 'init',
    description: 'write a commented gateway.yaml, never over an existing one',
    complete: async () => (await import('./commands/init.ts')).addInit,
  },
  {
    term: 'config',
    description: 'the configuration',
    complete: async () => (await import('./commands/config.ts')).addConfig,
  },
  {
    term: 'run',
    description: 'run the gateway until SIGINT or SIGTERM; its log goes to stderr',
    complete: async () => (await import('./commands/run.ts')).addRun,
  },
  {
    term: 'sandbox [options]',
    description: 'the whole thing on loopback: a simulated host, the gateway and one device of every kind',
    complete: async () => (await import('./commands/sandbox.ts')).addSandbox,
  },
  {
    term: 'status',
    description: 'how the running gateway is: link, devices, backlog, last payment',
    complete: async () => (await import('./commands/status.ts')).addStatus,
  },
  {
    term: 'terminals',
    description: 'points of sale with their bank accounts',
    complete: async () => (await import('./commands/terminals.ts')).addTerminals,
  },
  {
    term: 'devices',
    description: 'the boxes in the shop',
    complete: async () => (await import('./commands/devices.ts')).addDevices,
  },
  {
    term: 'pairing',
    description: 'let a device without keyboard or camera ask for its credentials',
    complete: async () => (await import('./commands/pairing.ts')).addPairing,
  },
  {
    term: 'apply [options] <file>',
    description: 'make terminals and devices as a file declares them; what it does not name stays',
    complete: async () => (await import('./commands/apply.ts')).addApply,
  },
  {
    term: 'orders',
    description: 'amounts somebody is asked to pay',
    complete: async () => (await import('./commands/orders.ts')).addOrders,
  },
  {
    term: 'payments',
    description: 'notices of money that arrived',
    complete: async () => (await import('./commands/payments.ts')).addPayments,
  },
  {
    term: 'lookup [options]',
    description: 'ask the host about one order or one bank reference',
    complete: async () => (await import('./commands/lookup.ts')).addLookup,
  },
  {
    term: 'reconcile [options]',
    description: 'ask the host about every order that could have been paid unseen',
    complete: async () => (await import('./commands/reconcile.ts')).addReconcile,
  },
  {
    term: 'simulate <order>',
    description: 'pay an order without money, in the sandbox only',
    complete: async () => (await import('./commands/simulate.ts')).addSimulate,
  },
  {
    term: 'trace <reference-or-order>',
    description: 'one payment, from what VietQR said to what each device made of it',
    complete: async () => (await import('./commands/trace.ts')).addTrace,
  },
  {
    term: 'dead-letters',
    description: 'what was received and could not be used',
    complete: async () => (await import('./commands/dead-letters.ts')).addDeadLetters,
  },
  {
    term: 'audit',
    description: 'who changed what, and when',
    complete: async () => (await import('./commands/audit.ts')).addAudit,
  },
  {
    term: 'backup <file>',
    description: 'copy the database into a new file, also while the gateway runs, and read it back',
    complete: async () => (await import('./commands/backup.ts')).addBackup,
  },
  {
    term: 'broker',
    description: 'the local broker when it is Mosquitto',
    complete: async () => (await import('./commands/broker.ts')).addBroker,
  },
]

/**
 * The command line. Complete are only the commands that `words` name, all of them without `words`; and of those only the words
 * are loaded, what one does is imported when it is called. So --help answers at once, also on a small box.
 */
export async function buildProgram(words?: readonly string[]): Promise<Command> {
  const listed = new Map(COMMANDS.map(command => [nameOf(command), command]))
  const program: Command = new Command('vietqr-gateway')
    .description('Relays VietQR payments to the devices of a shop.')
    .version(version(), '-V, --version', 'print the version')
    .option('--config <file>', 'the configuration (default: ./gateway.yaml)')
    .option('--json', 'print exactly one JSON value on stdout')
    .option('--quiet', 'print only what was asked for')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (command): string =>
        (command.parent === program ? listed.get(command.name())?.term : undefined) ??
        new Help().subcommandTerm(command),
    })
    .configureOutput({ outputError: (text, write) => write(refusal(text)) })
    .exitOverride()
  for (const [name, { description, complete }] of listed) {
    const command = program.command(name).description(description)
    if (words === undefined || words.includes(name)) (await complete())(command)
  }
  hint(program, program.name())
  return program
}

function nameOf({ term }: ListedCommand): string {
  return term.split(' ', 1).join()
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
  // As in the launcher: an import would load the streams of node:fs as well.
  const { readFileSync } = process.getBuiltinModule('node:fs')
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
