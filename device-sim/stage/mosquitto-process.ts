import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { freePort } from './free-port.ts'
import { endsWithUs } from './leftovers.ts'

/** What those say who cannot do without it. */
export const NEEDS_MOSQUITTO = 'needs Mosquitto: apt-get install mosquitto mosquitto-clients'

const START_DEADLINE_MS = 5_000
const TRIES = 5

/** Path of the `mosquitto` program, or null when it is not installed. */
export function findMosquitto(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']
  return folders.map(folder => join(folder, 'mosquitto')).find(isProgram) ?? null
}

/** A Mosquitto that is prepared for a port and not started yet. */
interface Prepared extends AsyncDisposable {
  start(): Promise<void>
  log(): string
}

/** Prepares and starts one on a free port: another, when somebody takes the port between being found free and being opened. */
export async function startOnFreePort<Broker extends Prepared>(
  prepare: (port: number) => Promise<Broker>,
): Promise<Broker> {
  for (let attempt = 1; ; attempt += 1) {
    const broker = await prepare(await freePort())
    try {
      await broker.start()
      return broker
    } catch (error) {
      await broker[Symbol.asyncDispose]()
      if (attempt === TRIES || !broker.log().includes('Address already in use')) throw error
    }
  }
}

/** The program with one configuration file; can be started again. */
export class MosquittoProcess {
  readonly #file: string
  readonly #folder: string
  #process: ChildProcess | undefined
  #log = ''

  /** `folder` is where it is started. */
  constructor(file: string, folder: string) {
    this.#file = file
    this.#folder = folder
  }

  log(): string {
    return this.#log
  }

  /** Resolves once it listens. @throws Error where it is not installed, or with what it said when it ends */
  async start(): Promise<void> {
    const program = findMosquitto()
    if (program === null) throw new Error(NEEDS_MOSQUITTO)
    const child = spawn(program, ['-c', this.#file], {
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    endsWithUs(child)
    this.#process = child
    const from = this.#log.length
    const running = Promise.withResolvers<void>()
    const give = (what: string): void => running.reject(new Error(`Mosquitto ${what}:\n${this.#log.slice(from)}`))
    const deadline = setTimeout(give, START_DEADLINE_MS, 'did not start in time')
    child.stderr.on('data', text => {
      this.#log += String(text)
      // Logged after all listeners are open.
      if (/mosquitto version \S+ running/.test(this.#log.slice(from))) running.resolve()
    })
    child.once('error', () => give('could not be run'))
    child.once('exit', () => give('ended at once'))
    await running.promise.finally(() => clearTimeout(deadline))
  }

  async stop(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
