import { join } from 'node:path'
import Database from 'better-sqlite3'
import { RecentIds } from '../../device-sim/devices/recent-ids.ts'
import { SimulatedDevice } from '../../device-sim/devices/simulated-device.ts'
import { createDataDir, dataFiles } from '../../gateway/data-dir.ts'
import { hashSecret } from '../../gateway/devices/credentials.ts'
import { SqliteLedger } from '../../gateway/ledger/sqlite/sqlite-ledger.ts'
import type { DeviceKind } from '../../protocol/local/topics.ts'
import { type Fields, qrAnswer } from '../integration/host-messages.ts'
import { checkSum } from '../integration/scripted-host.ts'
import { HOLDER, World } from '../integration/world.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { freePort } from '../support/free-port.ts'
import { Violation } from './proof.ts'
import { Tally } from './tally.ts'

export interface Terminal {
  readonly code: string
  readonly account: string
}

interface DeviceSpec {
  readonly id: string
  readonly kind: DeviceKind
  readonly terminal: Terminal
  readonly counter?: string
}

export const SHOP: Terminal = { code: 'QUAY01', account: '1234567890' }
export const COUNTERS = ['1', '2', '3', '4'] as const
export const MACHINES = ['vending-1', 'vending-2', 'vending-3'] as const

/** One shop with every kind of device; several of those a customer waits at. */
export const ALL_KINDS: readonly DeviceSpec[] = [
  { id: 'sound-1', kind: 'soundbox', terminal: SHOP },
  { id: 'sound-2', kind: 'soundbox', terminal: SHOP },
  { id: 'pos-1', kind: 'pos', terminal: SHOP },
  { id: 'paybox-1', kind: 'paybox', terminal: SHOP },
  ...MACHINES.map(id => ({ id, kind: 'vending' as const, terminal: SHOP })),
  ...COUNTERS.map(counter => ({ id: `call-${counter}`, kind: 'countercall' as const, terminal: SHOP, counter })),
]

interface ShopOptions {
  readonly devices?: readonly DeviceSpec[]
  /** Sections of gateway.yaml beside those a chaos shop has anyway. */
  readonly settings?: Readonly<Record<string, Fields>>
  /** More lines for the configuration of the host's broker. */
  readonly hostBroker?: string
  /** Puts a fault proxy before the host's broker and one before the gateway. */
  readonly faulty?: boolean
  /** Seconds. */
  readonly deviceKeepalive?: number
  /** Puts a disk of its own where the gateway's data will be. */
  readonly dataDisk?: (folder: string) => Disposable | null
}

/** From the gateway to the host, and from the devices to the gateway. */
interface Lines {
  readonly host: FaultProxy
  readonly device: FaultProxy
}

const PASSWORD = 'for-tests-only'
/** A host's broker that forgets nothing: its default is to drop what is queued beyond a thousand messages. */
const FORGETS_NOTHING = 'max_queued_messages 0'

/**
 * A shop to break: VietQR's broker is a Mosquitto, VietQR's service is scripted, the gateway is a process of its own on fixed
 * ports, and the devices live here, so that they remember what they were told while the gateway is killed.
 */
export class ChaosShop implements AsyncDisposable {
  readonly world: World
  readonly tally = new Tally()
  /** The rows a lookup shows, by order id. */
  readonly stored = new Map<unknown, Fields[]>()
  readonly #lines: Lines | null
  readonly #devices = new Map<string, SimulatedDevice>()
  #disk: Disposable | null = null

  private constructor(world: World, lines: Lines | null) {
    this.world = world
    this.#lines = lines
  }

  static async open(options: ShopOptions = {}): Promise<ChaosShop> {
    const { devices = ALL_KINDS, settings = {}, hostBroker = '', faulty = false } = options
    const port = await freePort()
    const world = await World.create({}, `${FORGETS_NOTHING}\n${hostBroker}`)
    const { port: hostPort } = world.mosquitto
    const lines = faulty ? { host: await FaultProxy.before(hostPort), device: await FaultProxy.before(port) } : null
    const shop = new ChaosShop(world, lines)
    try {
      const { host, payments, ...rest } = settings
      world.configure({
        // The rows are stored before the balance change is told, so asking at once is enough.
        payments: { lookup: { first: '2s', max: '10s', perSecond: 500 }, ...payments },
        host: {
          requestTimeout: '3s',
          ...(lines === null ? {} : { url: `mqtts://localhost:${lines.host.port}` }),
          ...host,
        },
        broker: { listen: [`mqtt://127.0.0.1:${port}`] },
        ...rest,
      })
      shop.#disk = options.dataDisk?.(join(world.folder, 'data')) ?? null
      await shop.#register(devices)
      shop.#open(devices, lines?.device.port ?? port, options.deviceKeepalive)
      world.host.answerRequest = request => qrAnswer(request)
      world.host.answerLookup = lookup => shop.#answerLookup(lookup)
      return shop
    } catch (error) {
      await shop[Symbol.asyncDispose]()
      throw error
    }
  }

  get database(): string {
    return dataFiles(join(this.world.folder, 'data')).database
  }

  /** The two fault proxies. @throws Error in a shop without them */
  get lines(): Lines {
    if (this.#lines === null) throw new Error('this shop was opened without fault proxies')
    return this.#lines
  }

  /** How many devices it has. */
  get devices(): number {
    return this.#devices.size
  }

  device(id: string): SimulatedDevice {
    const device = this.#devices.get(id)
    if (device === undefined) throw new Error(`there is no device ${id} in this shop`)
    return device
  }

  /** Switches the devices on; resolves when each can be told things. */
  async switchOn(): Promise<void> {
    const reachable = [...this.#devices.values()].map(
      device => new Promise<void>(resolve => device.events.once('reachable', resolve)),
    )
    for (const device of this.#devices.values()) device.start()
    await Promise.all(reachable)
  }

  /** Resolves when the ledger holds nothing any device must still be told. @throws Violation */
  async untilNothingIsPending(milliseconds = 30_000): Promise<void> {
    await this.untilMetric('vietqr_deliveries_pending', value => value === 0, milliseconds)
  }

  /** @throws Violation when the metric is not as wanted in time */
  async untilMetric(name: string, wanted: (value: number) => boolean, milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds
    for (;;) {
      const { text } = await this.world.http('/metrics')
      const value = Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
      if (wanted(value)) return
      if (performance.now() > deadline) throw new Violation([`${name} is still ${value} after ${milliseconds} ms`])
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }

  /** Looks into the ledger of a gateway that does not run. */
  read<T>(look: (db: Database.Database) => T): T {
    const db = new Database(this.database)
    try {
      return look(db)
    } finally {
      db.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#devices.values()].map(device => device.cutPower()))
    await this.world.stop('SIGKILL')
    this.#disk?.[Symbol.dispose]()
    await this.#lines?.device[Symbol.asyncDispose]()
    await this.#lines?.host[Symbol.asyncDispose]()
    await this.world[Symbol.asyncDispose]()
  }

  async #register(devices: readonly DeviceSpec[]): Promise<void> {
    createDataDir(join(this.world.folder, 'data'))
    const rules = { confirm: 'release', lateGraceMs: 0, voice: { language: 'vi', region: 'north' } } as const
    const ledger = SqliteLedger.open(this.database, rules)
    const createdAt = Date.now()
    for (const { code, account } of new Set(devices.map(device => device.terminal))) {
      const bank = { bankCode: 'MB', bankAccount: account, holder: HOLDER, serviceCode: null }
      await ledger.registry.addTerminal({ terminalCode: code, name: code, createdAt, ...bank })
    }
    for (const { id, kind, terminal, counter = null } of devices) {
      const secretSha256 = hashSecret(PASSWORD)
      const place = { terminalCode: terminal.code, counter }
      await ledger.registry.addDevice({ deviceId: id, kind, name: id, secretSha256, createdAt, ...place })
    }
    await ledger.close()
  }

  #open(devices: readonly DeviceSpec[], port: number, keepaliveSeconds: number | undefined): void {
    for (const { id, kind } of devices) {
      const device = new SimulatedDevice({
        kind,
        url: `mqtt://127.0.0.1:${port}`,
        deviceId: id,
        password: PASSWORD,
        memory: new RecentIds(),
        backoff: { first: 50, most: 200 },
        resendMs: 1000,
        ...(keepaliveSeconds === undefined ? {} : { keepaliveSeconds }),
      })
      this.#devices.set(id, device)
      this.tally.watch(device)
    }
  }

  #answerLookup(lookup: Fields): string {
    if (lookup.checkSum !== checkSum(String(lookup.bankAccount), HOLDER)) return '{"status":"FAILED","message":"E39"}'
    const rows = lookup.type === 0 ? (this.stored.get(lookup.value) ?? []) : this.#rowsNamed(lookup.value)
    return JSON.stringify(rows)
  }

  #rowsNamed(reference: unknown): Fields[] {
    return [...this.stored.values()].flat().filter(row => row.referenceNumber === reference)
  }
}
