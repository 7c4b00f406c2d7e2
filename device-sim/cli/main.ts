import { CommanderError } from 'commander'
import { harmless } from '../../gateway/cli/text.ts'
import { EXIT, SimFailure } from './failure.ts'
import { buildProgram } from './program.ts'

/** The entry of `vietqr-sim`: carries out the command line it was started with and sets the exit code. */

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Who reads the output may have seen enough, as `head` has.
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed)
})
process.exitCode = await carryOut(process.argv.slice(2))

async function carryOut(words: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(words, { from: 'user' })
    return EXIT.done
  } catch (error) {
    // commander has printed what there is to say: help, which is no failure, or what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    const lines = error instanceof Error ? error.message.split('\n') : [String(error)]
    process.stderr.write(`${lines.map(line => `vietqr-sim: ${harmless(line)}`).join('\n')}\n`)
    return error instanceof SimFailure ? error.exitCode : EXIT.failed
  }
}
