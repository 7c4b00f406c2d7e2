/** Exit codes, the same as those of the gateway's command line. */
export const EXIT = { done: 0, failed: 1, usage: 2, configuration: 3 } as const

/** A command line that cannot be carried out: the sentence for the person, and the exit code for the script. */
export class SimFailure extends Error {
  override readonly name = 'SimFailure'
  readonly exitCode: number

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

export function usage(message: string): SimFailure {
  return new SimFailure(EXIT.usage, message)
}
