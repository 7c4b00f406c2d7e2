import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { loadSettings } from '../../gateway/config/load.ts'
import { askGateway, NoGatewayError } from '../../gateway/control/control-client.ts'
import { dataFiles } from '../../gateway/data-dir.ts'
import { endsWithUs } from './leftovers.ts'

/** Beside the sources in a checkout, one folder further up in a package. */
const PROGRAM = ['../../gateway/bin.mjs', '../../../gateway/bin.mjs']
  .map(path => fileURLToPath(new URL(path, import.meta.url)))
  .find(path => existsSync(path))
const START_MS = 30_000
const LOOK_AGAIN_MS = 20
/** The end of its log that is kept, for those who ask why it ended. */
const KEPT_CHARACTERS = 20_000

/** The gateway as a process of its own, which can be killed and started again on the same data. */
export class GatewayProgram implements AsyncDisposable {
  readonly #config: string
  readonly #controlSocket: string
  #child: ChildProcess | null = null
  #log = ''

  /** `config` is the path of its gateway.yaml. */
  constructor(config: string) {
    this.#config = config
    this.#controlSocket = dataFiles(loadSettings(config, {}).dataDir).controlSocket
  }

  /** Resolves once it can be asked. @throws Error with its last words when it ends instead */
  async start(): Promise<void> {
    if (PROGRAM === undefined) throw new Error('the program of the gateway is not in this package')
    const child = spawn(process.execPath, [PROGRAM, 'run', '--config', this.#config], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // Ctrl-C in a terminal is for whoever plays: the gateway stays until everybody has left the stage.
      detached: true,
    })
    endsWithUs(child)
    this.#child = child
    child.stderr.setEncoding('utf8').on('data', text => {
      this.#log = (this.#log + text).slice(-KEPT_CHARACTERS)
    })
    const deadline = performance.now() + START_MS
    for (;;) {
      if (!this.running) throw new Error(`the gateway ended: ${this.#log.trim()}`)
      try {
        await this.ask('status', {})
        return
      } catch (error) {
        if (!(error instanceof NoGatewayError) || performance.now() > deadline) throw error
      }
      await delay(LOOK_AGAIN_MS)
    }
  }

  /** Asks it as the command line does. @throws CommandFailure, NoGatewayError */
  ask(command: string, args: object): Promise<unknown> {
    return askGateway(this.#controlSocket, command, args, () => {})
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** What it has logged last. */
  get log(): string {
    return this.#log
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === null || !this.running) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
  }
}
