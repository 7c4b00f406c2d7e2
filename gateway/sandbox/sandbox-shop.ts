import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import { SAMPLE_ACCOUNTS } from '../../device-sim/host/accounts.ts'
import { ControlServer } from '../../device-sim/host/control.ts'
import { SimulatedHost } from '../../device-sim/host/simulated-host.ts'
import { ControlClient } from '../../device-sim/people/control-client.ts'
import { Parts } from '../../device-sim/stage/parts.ts'
import { UiServer } from '../../device-sim/ui/ui-server.ts'
import type { DeviceKind } from '../../protocol/local/topics.ts'
import { brokerPki } from '../broker/broker-pki.ts'
import { ensurePki } from '../broker/pki.ts'
import { loadSettings } from '../config/load.ts'
import { loadSecrets } from '../config/secrets.ts'
import { askGateway } from '../control/control-client.ts'
import { dataFiles } from '../data-dir.ts'
import { createLogger } from '../log.ts'
import { type RunningGateway, runGateway } from '../run.ts'
import { type Access, SandboxDevices } from './sandbox-devices.ts'

/** The two points of sale: one account whose payments VietQR reports, one whose payments it only tells when asked. */
export const MERCHANT_TERMINAL = 'QUAY01'
export const PLAIN_TERMINAL = 'QUAY02'

interface Member {
  readonly kind: DeviceKind
  readonly id: string
  readonly terminal: string
  readonly counter?: string
}

/** One device of every native kind. The pos stands at the plain account, where a simulated payment can be seen. */
const MEMBERS: readonly Member[] = [
  { kind: 'paybox', id: 'paybox-1', terminal: MERCHANT_TERMINAL },
  { kind: 'soundbox', id: 'soundbox-1', terminal: MERCHANT_TERMINAL },
  { kind: 'countercall', id: 'countercall-1', terminal: MERCHANT_TERMINAL, counter: '1' },
  { kind: 'vending', id: 'vending-1', terminal: MERCHANT_TERMINAL },
  { kind: 'pos', id: 'pos-1', terminal: PLAIN_TERMINAL },
]

/** Where everything of a running sandbox is, for people. */
export interface Places {
  readonly host: string
  readonly control: string
  readonly broker: readonly string[]
  readonly http: string
  /** Where a browser sees the devices. */
  readonly page: string
  readonly config: string
}

/**
 * A whole shop on loopback: the simulated host with its own broker over TLS, the gateway, and one device of every native kind,
 * each on a real connection. Only the people are missing.
 */
export class SandboxShop {
  readonly host: SimulatedHost
  readonly devices: SandboxDevices
  readonly gateway: RunningGateway
  readonly places: Places
  readonly #open: Parts

  private constructor(
    host: SimulatedHost,
    devices: SandboxDevices,
    gateway: RunningGateway,
    places: Places,
    open: Parts,
  ) {
    this.host = host
    this.devices = devices
    this.gateway = gateway
    this.places = places
    this.#open = open
  }

  /** Starts everything; `dataDir` is kept, without one a temporary folder is used and removed. */
  static async open(dataDir: string | undefined): Promise<SandboxShop> {
    await using open = new Parts()
    const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'vietqr-sandbox-'))
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (dataDir === undefined) open.defer(() => rmSync(folder, { recursive: true, force: true }))
    return await SandboxShop.#build(folder, open)
  }

  static async #build(folder: string, open: Parts): Promise<SandboxShop> {
    const login = { username: 'sandbox', password: randomBytes(18).toString('base64url') }
    const pki = await ensurePki(join(folder, 'host'), 'simulated-host', ['localhost', '127.0.0.1'], new Date())
    const tls = { cert: pki.cert, key: pki.key }
    const host = new SimulatedHost({
      broker: { kind: 'embedded', port: 0, tls, ...login },
      accounts: SAMPLE_ACCOUNTS,
      build: 5,
    })
    await host.start()
    open.defer(() => host.stop())
    const control = new ControlServer(host, 0)
    const controlUrl = await control.start()
    open.defer(() => control.stop())

    const config = writeConfig(folder, host.url, login, pki.caCert)
    const settings = loadSettings(config, {})
    const log = createLogger(settings.log)
    const gateway = await runGateway(settings, loadSecrets(settings, {}), log)
    open.defer(() => gateway.stop())

    const devices = new SandboxDevices()
    open.defer(() => devices.stop())
    const { controlSocket } = dataFiles(settings.dataDir)
    const { caCert } = await brokerPki(settings)
    await populate(controlSocket, devices, caCert)
    const page = await openPage(host, devices, open)
    const broker = gateway.gateway.brokerAddresses.map(({ protocol, host: at, port }) => `${protocol}://${at}:${port}`)
    const http = `http://${gateway.http.host}:${gateway.http.port}`
    const places = { host: host.url, control: controlUrl, broker, http, page, config }
    return new SandboxShop(host, devices, gateway, places, open.move())
  }

  /** Asks the gateway as the command line does. */
  ask(command: string, args: object): Promise<unknown> {
    const { controlSocket } = dataFiles(loadSettings(this.places.config, {}).dataDir)
    return askGateway(controlSocket, command, args, () => {})
  }

  /** A person pays through the control port of the simulated host. @throws ControlRefusedError */
  async pay(orderId: string, amount?: number): Promise<void> {
    await new ControlClient(this.places.control).pay({ orderId, ...(amount === undefined ? {} : { amount }) })
  }

  async stop(): Promise<void> {
    await this.#open[Symbol.asyncDispose]()
  }
}

/** The page of the shop, as `vietqr-sim ui` has it. */
async function openPage(host: SimulatedHost, { all: devices }: SandboxDevices, open: Parts): Promise<string> {
  const bankAccount = SAMPLE_ACCOUNTS[0]?.bankAccount ?? ''
  const page = new UiServer({ devices, host, till: { bankAccount, terminalCode: MERCHANT_TERMINAL } }, 0)
  const address = await page.start()
  open.defer(() => page.stop())
  return address
}

/** The first line of a configuration that a sandbox may write over. */
const MARK = '# Written by vietqr-gateway sandbox, anew at each start.'

/** A real configuration, so that every command of the command line works on the sandbox too. */
function writeConfig(
  folder: string,
  url: string,
  login: { readonly username: string; readonly password: string },
  ca: string,
): string {
  const config = join(folder, 'gateway.yaml')
  if (existsSync(config) && !readFileSync(config, 'utf8').startsWith(MARK)) {
    throw new Error(`${config} is not of a sandbox: name another folder with --data-dir`)
  }
  writeFileSync(join(folder, 'host-password'), login.password, { mode: 0o600 })
  writeFileSync(join(folder, 'host-ca.pem'), ca)
  const written = {
    site: 'sandbox',
    dataDir: './gateway',
    host: { url, username: login.username, passwordFile: './host-password', caFile: './host-ca.pem' },
    broker: {
      listen: ['mqtt://127.0.0.1:0', 'mqtts://127.0.0.1:0'],
      advertise: 'localhost',
    },
    http: { listen: '127.0.0.1:0' },
    log: { level: 'error' },
  }
  writeFileSync(config, `${MARK}\n${stringify(written)}`)
  return config
}

/** Registers what is not there yet, and connects one simulated device for each; an older one is paired anew. */
async function populate(controlSocket: string, devices: SandboxDevices, ca: string): Promise<void> {
  const ask = (command: string, args: object): Promise<unknown> => askGateway(controlSocket, command, args, () => {})
  const known = JSON.stringify(await ask('terminals list', {}))
  for (const [index, code] of [MERCHANT_TERMINAL, PLAIN_TERMINAL].entries()) {
    const account = SAMPLE_ACCOUNTS[index]
    if (account === undefined || known.includes(`"${code}"`)) continue
    const { bankCode, bankAccount, userBankName: holder } = account
    await ask('terminals add', { code, bankCode, bankAccount, holder, name: `Quầy ${index + 1}` })
  }
  for (const { kind, id, terminal, counter } of MEMBERS) {
    await ask('devices remove', { id }).catch(() => {})
    const paired = await ask('devices pair', { kind, id, terminal, ...(counter === undefined ? {} : { counter }) })
    await devices.connect(kind, id, accessOf(paired, ca))
  }
}

const pairedShape = z.object({ urls: z.array(z.string()), password: z.string() })

/** A device uses what the technician was shown, and the TLS address of it. */
function accessOf(paired: unknown, ca: string): Access {
  const { urls, password } = pairedShape.parse(paired)
  const url = urls.find(address => address.startsWith('mqtts:')) ?? urls[0] ?? ''
  return { url, password, ca }
}
