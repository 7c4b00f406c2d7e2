import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter } from 'node:path'
import { Happenings } from '../support/happenings.ts'

/** A person's terminal windows: commands run in a shell, and everything they print can be waited for. */

const DEADLINE_MS = 30_000

/** npm tells the programs it starts about itself; a command of the page is not to hear of the npm that runs the tests. */
function environment(standIns: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_TEST_CONTEXT$|VIETQR_)/.test(name))
  return { ...Object.fromEntries(own), PATH: `${process.env.PATH}${delimiter}${standIns}` }
}

export class Shell implements AsyncDisposable {
  readonly #folder: string
  readonly #environment: NodeJS.ProcessEnv
  readonly #open: ShellCommand[] = []
  /** What all commands have printed so far. */
  printed = ''

  /** `standIns` is a folder of programs that are used where the machine has none of their name. */
  constructor(folder: string, standIns: string) {
    this.#folder = folder
    this.#environment = environment(standIns)
  }

  /** Runs a command to its end; what it printed on both streams. Rejects unless it exits with 0. */
  async run(line: string): Promise<string> {
    const command = this.start(line)
    const code = await command.end()
    if (code !== 0) throw new Error(`${line}\nended with ${code}:\n${command.output}`)
    return command.output
  }

  /** Starts a command that stays. */
  start(line: string): ShellCommand {
    const command = new ShellCommand(line, { cwd: this.#folder, env: this.#environment }, text => {
      this.printed += text
    })
    this.#open.push(command)
    return command
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const command of this.#open.toReversed()) await command.stop()
  }
}

export class ShellCommand {
  readonly #line: string
  readonly #child: ChildProcess
  readonly #seen = new Happenings()
  #ended = false
  output = ''

  constructor(line: string, where: { cwd: string; env: NodeJS.ProcessEnv }, printed: (text: string) => void) {
    this.#line = line
    // A group of its own, so that a stop reaches npm, the shell and the program.
    const child = spawn('sh', ['-c', line], { ...where, detached: true })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        printed(text)
        this.#seen.happened()
      })
    }
    child.once('close', () => {
      this.#ended = true
      this.#seen.happened()
    })
    this.#child = child
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  /** Waits until the output has `pattern`. */
  async says(pattern: RegExp): Promise<void> {
    await this.#seen.until(() => pattern.test(this.output) || this.#ended, `${this.#line} says ${pattern}`, DEADLINE_MS)
    if (!pattern.test(this.output)) throw new Error(`${this.#line}\nended without saying ${pattern}:\n${this.output}`)
  }

  /** The exit code. */
  async end(): Promise<number | null> {
    this.#child.stdin?.end()
    await this.#seen.until(() => this.#ended, `${this.#line} ends`, DEADLINE_MS)
    return this.#child.exitCode
  }

  /** As Ctrl-C does. */
  async stop(): Promise<void> {
    const { pid } = this.#child
    if (this.#ended || pid === undefined) return
    const closed = once(this.#child, 'close')
    process.kill(-pid, 'SIGINT')
    const late = setTimeout(() => process.kill(-pid, 'SIGKILL'), 5_000)
    await closed
    clearTimeout(late)
  }
}
