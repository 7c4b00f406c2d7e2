import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MosquittoProcess, startOnFreePort } from '../../device-sim/stage/mosquitto-process.ts'
import { mosquittoHash } from '../../gateway/devices/mosquitto-password.ts'

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

/** Starts a Mosquitto of its own on a free port of the loopback interface, with its files in a temporary folder. */
export function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  return startOnFreePort(async port => {
    const broker = new OwnMosquitto(await mkdtemp(join(tmpdir(), 'mosquitto-')), port, options)
    await broker.configure()
    return broker
  })
}

class OwnMosquitto implements Mosquitto {
  readonly url: string
  readonly port: number
  readonly #folder: string
  readonly #options: MosquittoOptions
  readonly #process: MosquittoProcess

  constructor(folder: string, port: number, options: MosquittoOptions) {
    this.url = options.tls ? `mqtts://localhost:${port}` : `mqtt://127.0.0.1:${port}`
    this.port = port
    this.#folder = folder
    this.#options = options
    this.#process = new MosquittoProcess(join(folder, 'mosquitto.conf'), folder)
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

function passwordFile(passwords: Readonly<Record<string, string>>): string {
  return Object.entries(passwords)
    .map(([user, password]) => `${user}:${mosquittoHash(password)}\n`)
    .join('')
}
