import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { connectAsync, type MqttClient } from 'mqtt'
import { stringify } from 'yaml'
import { ShopBroker } from '../../device-sim/stage/shop-broker.ts'
import type { DeviceKind } from '../../protocol/local/topics.ts'
import { makeAuthority } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { GatewayProcess, type Launch } from '../support/gateway-process.ts'
import { Happenings } from '../support/happenings.ts'
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts'
import { ScriptedHost } from './scripted-host.ts'

const run = promisify(execFile)
const PROGRAM = join(import.meta.dirname, '../../gateway/bin.mjs')
const PASSWORDS = { partner: 'partner-for-tests', vietqr: 'vietqr-for-tests' }

export const ACCOUNT = '1234567890'
export const HOLDER = 'NGUYEN VAN A'
export const TERMINAL = 'QUAY01'

/** A shop as it stands in the field: VietQR's broker is a Mosquitto with TLS, the gateway a process, the devices are anybody. */
export class World implements AsyncDisposable {
  readonly host: ScriptedHost
  readonly folder: string
  readonly mosquitto: Mosquitto
  readonly gateway: GatewayProcess
  readonly authority: string
  readonly #httpPort: number
  /** The shop's own broker, when it is not the gateway. */
  readonly #shopBroker: ShopBroker | null
  readonly #links = new Map<string, MqttClient>()
  readonly #started: (AsyncDisposable | Disposable)[] = []
  devicePort = 0

  private constructor(
    folder: string,
    mosquitto: Mosquitto,
    host: ScriptedHost,
    authority: string,
    httpPort: number,
    shopBroker: ShopBroker | null,
  ) {
    this.#shopBroker = shopBroker
    this.folder = folder
    this.mosquitto = mosquitto
    this.gateway = new GatewayProcess(join(folder, 'gateway.yaml'))
    this.host = host
    this.authority = authority
    this.#httpPort = httpPort
  }

  /** `hostBroker` are more lines for the configuration of the host's broker. */
  static async create(
    settings: Readonly<Record<string, unknown>> = {},
    hostBroker = '',
    mode: BrokerMode = 'embedded',
  ): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'vietqr-world-'))
    const authority = await makeAuthority()
    const { cert, key } = await authority.issue({ names: ['localhost', '127.0.0.1'] })
    const mosquitto = await startMosquitto({ tls: { cert, key }, passwords: PASSWORDS, extra: hostBroker })
    const host = await ScriptedHost.connect(mosquitto.url, {
      ca: authority.ca,
      username: 'vietqr',
      password: PASSWORDS.vietqr,
    })
    const shopBroker = mode === 'external' ? await ShopBroker.prepare(await freePort()) : null
    const world = new World(folder, mosquitto, host, authority.ca, await freePort(), shopBroker)
    writeFileSync(join(folder, 'ca.pem'), authority.ca)
    writeFileSync(join(folder, 'host-password'), `${PASSWORDS.partner}\n`, { mode: 0o600 })
    writeFileSync(join(folder, 'broker-password'), 'gateway-for-tests', { mode: 0o600 })
    world.configure(settings)
    if (shopBroker !== null) {
      await world.command('broker', 'export', shopBroker.exports)
      await shopBroker.start()
    }
    return world
  }

  /** Writes gateway.yaml; `settings` replace whole sections' keys. */
  configure(settings: Readonly<Record<string, unknown>>): void {
    const { host = {}, payments = {}, ...rest } = settings
    const written = {
      site: 'test-shop',
      dataDir: './data',
      host: {
        url: this.mosquitto.url,
        username: 'partner',
        passwordFile: './host-password',
        caFile: './ca.pem',
        requestTimeout: '2s',
        ...(typeof host === 'object' ? host : {}),
      },
      broker: this.#brokerSettings(),
      http: { listen: `127.0.0.1:${this.#httpPort}` },
      payments: { ...(typeof payments === 'object' ? payments : {}) },
      ...rest,
    }
    writeFileSync(join(this.folder, 'gateway.yaml'), stringify(written))
  }

  #brokerSettings(): Readonly<Record<string, unknown>> {
    return this.#shopBroker?.section('./broker-password') ?? { listen: ['mqtt://127.0.0.1:0', 'mqtts://127.0.0.1:0'] }
  }

  /** The shop's own broker, when it is not the gateway. */
  get shopBroker(): ShopBroker {
    return this.#shopBroker ?? assert.fail('the gateway is the broker')
  }

  /** Runs a command of the gateway; what it printed as JSON. Rejects with `code` and `stderr` when it exits otherwise than 0. */
  async command(...args: readonly string[]): Promise<Record<string, unknown>> {
    const { stdout } = await run(process.execPath, [
      PROGRAM,
      '--config',
      join(this.folder, 'gateway.yaml'),
      '--json',
      ...args,
    ])
    return JSON.parse(stdout)
  }

  async list(...args: readonly string[]): Promise<Record<string, unknown>[]> {
    const rows: unknown = await this.command(...args)
    if (!Array.isArray(rows)) throw new Error('a list command printed no list')
    return rows
  }

  /** Starts the gateway and waits until its log says that the host link is `state`. */
  async start(state: 'up' | 'down' = 'up', how: Launch = {}): Promise<void> {
    const { length } = this.gateway.log
    this.gateway.launch(how)
    await this.gateway.said('the gateway runs')
    const [, port] = /"mqtt:\/\/127\.0\.0\.1:(\d+)"/.exec(this.gateway.log.slice(length)) ?? []
    this.devicePort = Number(port)
    await this.gateway.said(`the host link is ${state}`)
    if (this.#shopBroker !== null) await this.gateway.said('the local broker is connected')
  }

  get log(): string {
    return this.gateway.log
  }

  get running(): boolean {
    return this.gateway.running
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.gateway.stop(signal)
  }

  /** Registers a device and returns its password. */
  async pair(kind: DeviceKind, id: string, ...more: readonly string[]): Promise<string> {
    const paired = await this.command('devices', 'pair', kind, '--terminal', TERMINAL, '--id', id, ...more)
    return String(paired.password)
  }

  /** A device that hears everything below its down/ until the world ends. Resolves once it is subscribed. */
  async listen(id: string, password: string): Promise<Listener> {
    const listener = this.#shopBroker === null ? this.#listenByProgram(id, password) : await this.#link(id, password)
    this.#started.push(listener)
    // What every device is told at its return says that its subscription holds.
    await listener.heard('down/config', () => true)
    return listener
  }

  /** A device says something: on a second link beside the one that listens, or on the same where a device has only one. */
  async say(id: string, password: string, path: string, message: object | string): Promise<void> {
    const text = typeof message === 'string' ? message : JSON.stringify(message)
    const link = this.#links.get(id)
    if (link !== undefined) {
      await link.publishAsync(`gw/v1/${id}/${path}`, text, { qos: 1 })
      return
    }
    const login = ['-h', '127.0.0.1', '-p', String(this.devicePort), '-i', `${id}.pub`, '-u', id, '-P', password]
    await run('mosquitto_pub', [...login, '-q', '1', '-t', `gw/v1/${id}/${path}`, '-m', text])
  }

  #listenByProgram(id: string, password: string): Listener {
    const login = ['-h', '127.0.0.1', '-p', String(this.devicePort), '-i', id, '-u', id, '-P', password]
    const child = spawn('mosquitto_sub', [...login, '-q', '1', '-t', `gw/v1/${id}/down/#`, '-F', '%t %p'])
    const listener = new Listener(`gw/v1/${id}/`, async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill()
      await exited
    })
    createInterface({ input: child.stdout }).on('line', line => {
      const blank = line.indexOf(' ')
      listener.take(line.slice(0, blank), line.slice(blank + 1))
    })
    return listener
  }

  async #link(id: string, password: string): Promise<Listener> {
    await this.#links.get(id)?.endAsync(true)
    const login = { username: id, password, clientId: id }
    const link = await connectAsync(this.shopBroker.url, { ...login, reconnectPeriod: 0 })
    this.#links.set(id, link)
    const listener = new Listener(`gw/v1/${id}/`, () => link.endAsync(true))
    link.on('message', (topic, payload) => listener.take(topic, payload.toString()))
    await link.subscribeAsync(`gw/v1/${id}/down/#`, { qos: 1 })
    return listener
  }

  async http(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.#httpPort}${path}`)
    return { status: response.status, text: await response.text() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const thing of this.#started) {
      if (Symbol.asyncDispose in thing) await thing[Symbol.asyncDispose]()
      else thing[Symbol.dispose]()
    }
    await this.stop()
    await this.host[Symbol.asyncDispose]()
    await this.mosquitto[Symbol.asyncDispose]()
    await this.#shopBroker?.[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export type BrokerMode = 'embedded' | 'external'

export type Message = Readonly<Record<string, unknown>>

/** What a device has heard, by path. */
export class Listener implements AsyncDisposable {
  readonly all: { readonly path: string; readonly message: Message }[] = []
  readonly #root: string
  readonly #end: () => Promise<void>
  readonly #happenings = new Happenings()

  constructor(root: string, end: () => Promise<void>) {
    this.#root = root
    this.#end = end
  }

  take(topic: string, text: string): void {
    this.all.push({ path: topic.slice(this.#root.length), message: JSON.parse(text) })
    this.#happenings.happened()
  }

  /** The first message on this path that is as wanted; waits for it. */
  async heard(path: string, wanted: (message: Message) => boolean, milliseconds = 8000): Promise<Message> {
    const find = (): Message | undefined => this.on(path).find(wanted)
    await this.#happenings.until(() => find() !== undefined, `a message on ${path}`, milliseconds)
    return find() ?? {}
  }

  /** Messages on this path so far; one effect each, because a repeated one carries the same id. */
  on(path: string): readonly Message[] {
    const effects = new Map<unknown, Message>()
    for (const heard of this.all.filter(({ path: said }) => said === path)) {
      effects.set(heard.message.id ?? effects.size, heard.message)
    }
    return [...effects.values()]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end()
  }
}
