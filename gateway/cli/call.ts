import type { Command } from 'commander'
import type { Answers, Said } from './answers.ts'
import { globalsOf, Output } from './output.ts'

/** Carries out a command of the gateway for the command line that was given. What that takes is loaded only now. */
export async function call<Name extends keyof Answers>(
  command: Command,
  name: Name,
  args: object,
  progress?: (said: Said<Name>) => void,
): Promise<Answers[Name]> {
  const { ask } = await import('./ask.ts')
  return ask(globalsOf(command), name, args, progress)
}

/** Where the answer of this command line goes. */
export function outputOf(command: Command): Output {
  return new Output(globalsOf(command))
}
