/** One thing that is wrong in the configuration. */
export interface Problem {
  /** The key as a person would say it, such as `host.url` or `broker.listen[1]`; a file or `FILE:LINE` where no key is to blame. */
  readonly path: string
  /** What is wrong, and what would be right. Never holds a secret. */
  readonly message: string
}

/** The configuration cannot be used. Its message has one line `path: what is wrong, what would be right` per problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG_INVALID'
  readonly exitCode = 3
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map(problem => `${problem.path}: ${problem.message}`).join('\n'), options)
    this.problems = problems
  }
}
