import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createDataDir, dataFiles } from '../../gateway/data-dir.ts'
import { hashSecret } from '../../gateway/devices/credentials.ts'
import { SqliteLedger } from '../../gateway/ledger/sqlite/sqlite-ledger.ts'
import { freePort } from './free-port.ts'
import { GatewayProcess, type Launch } from './gateway-process.ts'
import { sampleTerminal, T0, TERMINAL } from './shop.ts'

/** A gateway process whose host is away, with any number of pos registered and ports that stay over restarts. */
export class LoneGateway implements AsyncDisposable {
  readonly process: GatewayProcess
  readonly port: number
  readonly tlsPort: number
  readonly #folder: string
  readonly #httpPort: number

  private constructor(folder: string, ports: readonly [plain: number, tls: number, http: number]) {
    this.#folder = folder
    this.process = new GatewayProcess(join(folder, 'gateway.yaml'))
    ;[this.port, this.tlsPort, this.#httpPort] = ports
  }

  /** The password of each device is its id with `pw-` before it. */
  static async create(deviceIds: readonly string[]): Promise<LoneGateway> {
    const folder = mkdtempSync(join(tmpdir(), 'vietqr-lone-'))
    const gateway = new LoneGateway(folder, [await freePort(), await freePort(), await freePort()])
    const settings = {
      site: 'test-shop',
      dataDir: './data',
      host: { url: 'mqtt://127.0.0.1:1', allowInsecure: true },
      broker: { listen: [`mqtt://127.0.0.1:${gateway.port}`, `mqtts://127.0.0.1:${gateway.tlsPort}`] },
      http: { listen: `127.0.0.1:${gateway.#httpPort}` },
    }
    writeFileSync(join(folder, 'gateway.yaml'), stringify(settings))
    await gateway.#register(deviceIds)
    return gateway
  }

  async start(how: Launch = {}): Promise<void> {
    this.process.launch(how)
    await this.process.said('the gateway runs')
  }

  /** The CA devices trust, PEM. */
  get ca(): string {
    return readFileSync(join(this.#folder, 'data/pki/ca.crt'), 'utf8')
  }

  /** One of its metrics, now. */
  async metric(name: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#httpPort}/metrics`)
    const [, value] = new RegExp(`^${name} (.+)$`, 'm').exec(await response.text()) ?? []
    if (value === undefined) throw new Error(`the gateway has no metric ${name}`)
    return Number(value)
  }

  async #register(deviceIds: readonly string[]): Promise<void> {
    const dataDir = join(this.#folder, 'data')
    createDataDir(dataDir)
    const rules = { confirm: 'never', lateGraceMs: 0, voice: { language: 'vi', region: 'north' } } as const
    const ledger = SqliteLedger.open(dataFiles(dataDir).database, rules)
    await ledger.registry.addTerminal(sampleTerminal(TERMINAL, '9990000001'))
    const devices = deviceIds.map(deviceId => ({
      deviceId,
      kind: 'pos' as const,
      name: deviceId,
      terminalCode: TERMINAL,
      counter: null,
      secretSha256: hashSecret(`pw-${deviceId}`),
      createdAt: T0,
    }))
    await Promise.all(devices.map(device => ledger.registry.addDevice(device)))
    await ledger.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stop()
    rmSync(this.#folder, { recursive: true })
  }
}
