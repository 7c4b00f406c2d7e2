import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import type { DeviceKind } from '../../protocol/local/topics.ts'
import type { Account } from '../host/accounts.ts'
import { ControlServer } from '../host/control.ts'
import { type HostBrokerChoice, SimulatedHost, type SimulatedHostOptions } from '../host/simulated-host.ts'
import { type BoxAccess, prepareBoxAccess } from './box-access.ts'
import { GatewayProgram } from './gateway-program.ts'
import { removeFolder, temporaryFolder } from './leftovers.ts'
import { Line } from './line.ts'
import { startHostMosquitto, startShopMosquitto } from './mosquittos.ts'
import { Parts } from './parts.ts'

/** One section of gateway.yaml. */
type Section = Readonly<Record<string, unknown>>
type HostOptions = Omit<SimulatedHostOptions, 'broker' | 'accounts'>

export interface StageOptions {
  readonly accounts: readonly Account[]
  /** How the host behaves. */
  readonly host: HostOptions
  /** Sections of gateway.yaml, laid over those of the stage key by key. */
  readonly settings?: Readonly<Record<string, Section>>
  /** Default `own`. */
  readonly brokers?: Brokers
  /** Whether VietQR's own boxes are served, at a listener of theirs. Default false. */
  readonly boxes?: boolean
}

/** Whose they are: those of the simulated VietQR and of the gateway themselves, or a Mosquitto in each place. */
export type Brokers = 'own' | 'mosquitto'

/** How a device reaches the gateway. */
export interface DeviceAccess {
  readonly url: string
  readonly password: string
}

const CONFIG = 'gateway.yaml'
const pairedShape = z.object({ password: z.string() })
const statusShape = z.object({ broker: z.array(z.string()) })

/**
 * Everything a story needs but its people and devices: a simulated host and its control port, the gateway as a process, and
 * their brokers, on loopback and in a folder that is gone afterwards.
 */
export class Stage implements AsyncDisposable {
  readonly host: SimulatedHost
  /** Where people pay: the address of the host's control port. */
  readonly control: string
  readonly gateway: GatewayProgram
  /** Between the gateway and the host's broker. */
  readonly hostLine: Line
  /** Between the devices and their broker: their address stays the same whatever port a new process takes. */
  readonly deviceLine: Line
  /** Null where VietQR's boxes are not served. */
  readonly boxAccess: BoxAccess | null
  /** Where the broker itself listens for devices; a gateway that is the broker takes another port when it is started again. */
  brokerUrl = ''
  readonly #parts: Parts

  private constructor(
    parts: Parts,
    {
      host,
      control,
      gateway,
      hostLine,
      deviceLine,
      boxAccess,
    }: Pick<Stage, 'host' | 'control' | 'gateway' | 'hostLine' | 'deviceLine' | 'boxAccess'>,
  ) {
    this.host = host
    this.control = control
    this.gateway = gateway
    this.hostLine = hostLine
    this.deviceLine = deviceLine
    this.boxAccess = boxAccess
    this.#parts = parts
  }

  static async open(options: StageOptions): Promise<Stage> {
    const { accounts, host: behaviour, settings = {}, brokers = 'own' } = options
    await using parts = new Parts()
    const folder = temporaryFolder('vietqr-stage-')
    parts.defer(() => removeFolder(folder))
    const login = { username: 'stage', password: randomBytes(18).toString('base64url') }
    const hostBroker = brokers === 'own' ? null : parts.use(await startHostMosquitto(login))
    const broker: HostBrokerChoice =
      hostBroker === null
        ? { kind: 'embedded', port: 0, ...login }
        : { kind: 'attached', url: hostBroker.url, ...login }
    const boxes = options.boxes === true ? await prepareBoxAccess(folder) : null
    const host = new SimulatedHost({ ...behaviour, boxKey: boxes?.access.boxKey, accounts, broker })
    await host.start()
    parts.defer(() => host.stop())
    const controlServer = new ControlServer(host, 0)
    const control = await controlServer.start()
    parts.defer(() => controlServer.stop())
    const hostLine = parts.use(await Line.open(Number(new URL(host.url).port)))
    const url = `mqtt://127.0.0.1:${hostLine.port}`
    const configure = (section: Section): string => {
      const own = { host: { ...boxes?.host }, broker: { ...section, ...boxes?.broker } }
      return writeConfig(folder, url, login, { settings, own })
    }
    if (brokers === 'own') configure({ listen: ['mqtt://127.0.0.1:0'] })
    else parts.use(await startShopMosquitto(folder, configure))
    const gateway = parts.use(new GatewayProgram(join(folder, CONFIG)))
    const deviceLine = parts.use(await Line.open())
    const stage = new Stage(parts.move(), {
      host,
      control,
      gateway,
      hostLine,
      deviceLine,
      boxAccess: boxes?.access ?? null,
    })
    try {
      await stage.startGateway()
      return stage
    } catch (error) {
      await stage[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Starts the gateway, for the first time or again on the same data, and leads the devices to it. */
  async startGateway(): Promise<void> {
    await this.gateway.start()
    const { broker } = statusShape.parse(await this.gateway.ask('status', {}))
    this.brokerUrl = broker[0] ?? ''
    this.deviceLine.leadTo(Number(new URL(this.brokerUrl).port))
  }

  async addTerminal(code: string, { bankCode, bankAccount, userBankName: holder }: Account): Promise<void> {
    await this.gateway.ask('terminals add', { code, bankCode, bankAccount, holder, name: code })
  }

  async pair(kind: DeviceKind, id: string, terminal: string, counter?: string): Promise<DeviceAccess> {
    const asked = { kind, id, terminal, ...(counter === undefined ? {} : { counter }) }
    const { password } = pairedShape.parse(await this.gateway.ask('devices pair', asked))
    return { url: `mqtt://127.0.0.1:${this.deviceLine.port}`, password }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts[Symbol.asyncDispose]()
  }
}

function writeConfig(
  folder: string,
  url: string,
  login: { readonly username: string; readonly password: string },
  {
    settings,
    own: { host, broker },
  }: {
    readonly settings: NonNullable<StageOptions['settings']>
    readonly own: { readonly host: Section; readonly broker: Section }
  },
): string {
  const config = join(folder, CONFIG)
  writeFileSync(join(folder, 'host-password'), login.password, { mode: 0o600 })
  const own: Readonly<Record<string, Section>> = {
    host: { url, allowInsecure: true, username: login.username, passwordFile: './host-password', ...host },
    broker,
    http: { listen: '127.0.0.1:0' },
    log: { level: 'warn', pretty: false },
  }
  const sections = new Set([...Object.keys(own), ...Object.keys(settings)])
  const merged = Object.fromEntries([...sections].map(name => [name, { ...own[name], ...settings[name] }]))
  writeFileSync(config, stringify({ site: 'stage', dataDir: './data', ...merged }))
  return config
}
