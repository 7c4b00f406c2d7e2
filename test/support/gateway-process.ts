import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Happenings } from './happenings.ts'

const PROGRAM = join(import.meta.dirname, '../../gateway/bin.mjs')
const DEADLINE_MS = 15_000

export interface Launch {
  /** More variables for its environment. */
  readonly env?: Readonly<Record<string, string>>
  /** A program and its first arguments that run the gateway below them, such as a tracer. */
  readonly under?: readonly string[]
}

/** The gateway as a process of its own, started and ended as often as a test likes. */
export class GatewayProcess {
  readonly #config: string
  readonly #happenings = new Happenings()
  #child: ChildProcess | null = null
  #log = ''
  /** Where the log of the present process begins. */
  #from = 0

  /** `config` is the path of its gateway.yaml. */
  constructor(config: string) {
    this.#config = config
  }

  /** Begins to start it; `said` tells how far it is. */
  launch({ env = {}, under = [] }: Launch = {}): void {
    if (this.running) throw new Error('the gateway of this test runs already')
    const [program = process.execPath, ...first] = under.length === 0 ? [] : [...under, process.execPath]
    const child = spawn(program, [...first, PROGRAM, 'run', '--config', this.#config], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    })
    this.#child = child
    this.#from = this.#log.length
    child.stderr?.on('data', chunk => {
      this.#log += String(chunk)
      this.#happenings.happened()
    })
    child.on('exit', this.#happenings.happened)
  }

  /**
   * Resolves once the present process has written `text` to its log; `after` is a length of `log` to look from.
   * @throws Error with its log when it ends before, or does not write it in time
   */
  async said(text: string, milliseconds = DEADLINE_MS, after = this.#from): Promise<void> {
    const has = (): boolean => this.#log.includes(text, after)
    await this.#happenings.until(() => has() || !this.running, `the gateway says “${text}”`, milliseconds)
    if (!has()) throw new Error(`the gateway ended: ${this.presentLog}`)
  }

  /** Everything its processes have written to their logs. */
  get log(): string {
    return this.#log
  }

  /** What its present process has written. */
  get presentLog(): string {
    return this.#log.slice(this.#from)
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves when the present process has ended by itself, with what ended it. */
  async ended(milliseconds = DEADLINE_MS): Promise<number | NodeJS.Signals | null> {
    await this.#happenings.until(() => !this.running, 'the gateway ends', milliseconds)
    return this.#child?.signalCode ?? this.#child?.exitCode ?? null
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === null || !this.running) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
}
