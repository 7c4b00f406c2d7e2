import { type ChildProcess, spawn } from 'node:child_process'
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort } from './free-port.ts'

/** The reason tests give when they are skipped. */
export const NEEDS_MOSQUITTO = 'needs Mosquitto: apt-get install mosquitto mosquitto-clients'

const START_DEADLINE_MS = 5_000
const TRIES = 5

export interface MosquittoOptions {
  /** PEMs of the listener; `clientCa` makes it ask for client certificates of that authority. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string }
  /** Password by user name; anonymous clients are let in only when there are none. */
  readonly passwords?: Readonly<Record<string, string>>
  /** Text of the ACL file. */
  readonly acl?: string
  /** More lines for the configuration file. */
  readonly extra?: string
}

export interface Mosquitto {
  /** `mqtt://127.0.0.1:port`, or `mqtts://localhost:port` with TLS. */
  readonly url: string
  readonly port: number
  /** What it has logged so far. */
  log(): string
  /** Ends it as its service manager would: sessions are saved. */
  stop(): Promise<void>
  /** Starts it again on the same port with what it saved. */
  start(): Promise<void>
  restart(): Promise<void>
  /** Stops it and removes its files; also with `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Path of the `mosquitto` program, or null when it is not installed. */
export function findMosquitto(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']
  return folders.map(folder => join(folder, 'mosquitto')).find(isProgram) ?? null
}

/** Starts a Mosquitto of its own on a free port of the loopback interface, with its files in a temporary folder. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const program = findMosquitto()
  if (program === null) throw new Error(NEEDS_MOSQUITTO)
  for (let attempt = 1; ; attempt += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'mosquitto-'))
    const port = await freePort()
    const broker = new OwnMosquitto(program, folder, port, options)
    try {
      await broker.configure()
      await broker.start()
      return broker
    } catch (error) {
      await broker[Symbol.asyncDispose]()
      // Between finding the port free and listening, another program may have taken it.
      if (attempt === TRIES || !broker.log().includes('Address already in use')) throw error
    }
  }
}

/** The program with one configuration file; can be started again. */
export class MosquittoProcess {
  readonly #program: string
  readonly #file: string
  readonly #folder: string
  #process: ChildProcess | undefined
  #log = ''

  /** `folder` is where it is started. */
  constructor(program: string, file: string, folder: string) {
    this.#program = program
    this.#file = file
    this.#folder = folder
  }

  log(): string {
    return this.#log
  }

  async start(): Promise<void> {
    const child = spawn(this.#program, ['-c', this.#file], {
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
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

class OwnMosquitto implements Mosquitto {
  readonly url: string
  readonly port: number
  readonly #folder: string
  readonly #options: MosquittoOptions
  readonly #process: MosquittoProcess

  constructor(program: string, folder: string, port: number, options: MosquittoOptions) {
    this.url = options.tls ? `mqtts://localhost:${port}` : `mqtt://127.0.0.1:${port}`
    this.port = port
    this.#folder = folder
    this.#options = options
    this.#process = new MosquittoProcess(program, join(folder, 'mosquitto.conf'), folder)
  }

  log(): string {
    return this.#process.log()
  }

  async configure(): Promise<void> {
    const { tls, passwords, acl, extra } = this.#options
    const lines = [
      // Started by root, it would otherwise become a user who may not read the temporary folder.
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      `listener ${this.port} 127.0.0.1`,
      'log_dest stderr',
      'log_type all',
      'persistence true',
      `persistence_location ${this.#folder}/`,
      `allow_anonymous ${passwords === undefined}`,
    ]
    if (tls !== undefined) {
      lines.push(`certfile ${await this.#file('server.crt', tls.cert)}`)
      lines.push(`keyfile ${await this.#file('server.key', tls.key)}`)
      if (tls.clientCa !== undefined) {
        lines.push(`cafile ${await this.#file('clients.crt', tls.clientCa)}`, 'require_certificate true')
      }
    }
    if (passwords !== undefined) lines.push(`password_file ${await this.#file('passwords', passwordFile(passwords))}`)
    if (acl !== undefined) lines.push(`acl_file ${await this.#file('acl', acl)}`)
    await this.#file('mosquitto.conf', [...lines, extra ?? '', ''].join('\n'))
  }

  start(): Promise<void> {
    return this.#process.start()
  }

  stop(): Promise<void> {
    return this.#process.stop()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #file(name: string, text: string): Promise<string> {
    const path = join(this.#folder, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
}

/** The file `mosquitto_passwd` would write: PBKDF2 with SHA-512, kind `$7$`. */
function passwordFile(passwords: Readonly<Record<string, string>>): string {
  const iterations = 101
  return Object.entries(passwords)
    .map(([user, password]) => {
      const salt = randomBytes(12)
      const hash = pbkdf2Sync(password, salt, iterations, 64, 'sha512')
      return `${user}:$7$${iterations}$${salt.toString('base64')}$${hash.toString('base64')}\n`
    })
    .join('')
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
