import { type Command, CommanderError } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { buildProgram, usageHint } from './program.ts'

/** The entry of `vietqr-gateway`: carries out the command line it was started with and sets the exit code. */

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Who reads the output may have seen enough, as `head` has.
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed)
})
process.on('uncaughtException', error => {
  // A handler that rejects would be called again for that, without end.
  tell(error).then(
    code => process.exit(code),
    () => process.exit(EXIT.failed),
  )
})
process.exitCode = await carryOut(process.argv.slice(2))

async function carryOut(words: readonly string[]): Promise<number> {
  let called: Command | undefined
  const program = (await buildProgram(words)).hook('preAction', (_, command) => {
    called = command
  })
  try {
    await program.parseAsync(words, { from: 'user' })
    // A command that ends well but has another code to give has set it.
    return Number(process.exitCode ?? EXIT.done)
  } catch (error) {
    if (error instanceof CommanderError) return said(error)
    return await tell(error, called)
  }
}

/** commander has printed what there is to say: help and the version, which are no failures, or what is wrong. */
function said(error: CommanderError): number {
  if (error.exitCode === 0) return EXIT.done
  // A group alone shows its commands, without a word that one was expected.
  if (error.code === 'commander.help') process.stderr.write('vietqr-gateway: name one of these commands\n')
  return EXIT.usage
}

/** Says on stderr what went wrong. Returns the exit code. */
async function tell(error: unknown, called?: Command): Promise<number> {
  // Only what ends badly needs the words for it. An upgrade may have taken them away meanwhile.
  const { explain } = await import('./explain.ts').catch(() => ({ explain: plainly }))
  const { exitCode, lines } = explain(error)
  const hints = exitCode === EXIT.usage && called !== undefined ? [usageHint(pathOf(called))] : []
  process.stderr.write(`${[...lines, ...hints].join('\n')}\n`)
  if (process.env.VIETQR_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  return exitCode
}

function plainly(error: unknown): { readonly exitCode: number; readonly lines: readonly string[] } {
  return { exitCode: EXIT.failed, lines: [`vietqr-gateway: ${error instanceof Error ? error.message : String(error)}`] }
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}
