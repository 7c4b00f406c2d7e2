import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { stringify } from 'yaml'
import type { Effect } from '../../device-sim/devices/effects.ts'
import type { Quirks } from '../../device-sim/devices/quirks.ts'
import { SimulatedBox } from '../../device-sim/devices/simulated-box.ts'
import type { HostBrokerChoice, SimulatedHost } from '../../device-sim/host/simulated-host.ts'
import { loadSettings } from '../../gateway/config/load.ts'
import { loadSecrets } from '../../gateway/config/secrets.ts'
import { askGateway } from '../../gateway/control/control-client.ts'
import { dataFiles } from '../../gateway/data-dir.ts'
import { type RunningGateway, runGateway } from '../../gateway/run.ts'
import type { BoxKind } from '../../protocol/vietqr/box-kinds.ts'
import { MMS, startHost } from '../device-sim/host/hosts.ts'
import { freePort } from './free-port.ts'
import { Happenings } from './happenings.ts'

export const BOX_KEY = 'TESTKEY-NOT-REAL-1'
export const LOGIN = { username: 'box', password: 'burnt-into-test-boxes' }
export const MACS = { vending: 'AA:BB:CC:DD:EE:01', screen: 'AA:BB:CC:DD:EE:02', stranger: 'AA:BB:CC:DD:EE:09' }

/** A train of pulses is done in a moment; what the gateway knows of pulses stays as in the field. */
const FAST = {
  pulses: {
    onMs: 1,
    offMs: 1,
    table: new Map([
      [10_000, 2],
      [20_000, 4],
    ]),
  },
}

export type Said = Readonly<Record<string, unknown>>

/** A box on its real connection, and what a person has noticed of it. */
export class SeenBox implements AsyncDisposable {
  readonly box: SimulatedBox
  readonly effects: Effect[] = []
  readonly #happenings = new Happenings()

  constructor(box: SimulatedBox) {
    this.box = box
    box.events.on('effect', effect => {
      this.effects.push(effect)
      this.#happenings.happened()
    })
    box.events.on('reachable', this.#happenings.happened)
    box.events.on('gone', this.#happenings.happened)
  }

  /** The views of its screen, one after the other, with the words of a voice between them. */
  get seen(): readonly string[] {
    return this.effects.map(effect => {
      if (effect.effect === 'screen') return effect.view
      if (effect.effect === 'pulse') return `pulse ${effect.amount}`
      return effect.effect === 'speak' ? `says ${effect.text}` : effect.effect
    })
  }

  async sees(what: string, times = 1): Promise<void> {
    const count = (): number => this.seen.filter(seen => seen === what).length
    await this.#happenings.until(() => count() >= times, `the box shows ${what}; it showed ${this.seen.join(', ')}`)
  }

  async reachable(): Promise<void> {
    await this.#happenings.until(() => this.box.online, 'the box subscribed to its topics')
  }

  async gone(): Promise<void> {
    await this.#happenings.until(() => !this.box.online, 'the link of the box ended')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.box.powerOff()
  }
}

/** The simulated VietQR, a gateway, and VietQR's own boxes in front of it. */
export class BoxShop implements AsyncDisposable {
  readonly host: SimulatedHost
  readonly folder: string
  readonly boxesUrl: string
  readonly lines: string[]
  /** `line` whenever the gateway has logged something. */
  readonly news: EventEmitter
  gateway: RunningGateway
  readonly #config: string
  readonly #boxes: SeenBox[] = []

  private constructor(
    host: SimulatedHost,
    folder: string,
    config: string,
    boxesUrl: string,
    gateway: RunningGateway,
    lines: string[],
    news: EventEmitter,
  ) {
    this.host = host
    this.folder = folder
    this.#config = config
    this.boxesUrl = boxesUrl
    this.gateway = gateway
    this.lines = lines
    this.news = news
  }

  /** `settings` replace keys of whole sections. Default of `hostBroker`: one of the simulated host's own. */
  static async open(
    settings: { readonly broker?: Said; readonly host?: Said; readonly payments?: Said } = {},
    hostBroker: HostBrokerChoice = { kind: 'embedded', port: 0 },
  ): Promise<BoxShop> {
    const host = await startHost({ now: Date.now, broker: hostBroker })
    const folder = mkdtempSync(join(tmpdir(), 'vietqr-boxes-'))
    const port = await freePort()
    const boxesUrl = `mqtt://127.0.0.1:${port}`
    const secret = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text, { mode: 0o600 })
      return `./${name}`
    }
    const config = join(folder, 'gateway.yaml')
    const written = {
      site: 'box-shop',
      dataDir: './data',
      host: {
        url: host.url,
        allowInsecure: true,
        requestTimeout: '2s',
        boxKeyFile: secret('box-key', BOX_KEY),
        ...settings.host,
      },
      broker: {
        listen: ['mqtt://127.0.0.1:0'],
        vietqrBoxes: { listen: boxesUrl, username: LOGIN.username, passwordFile: secret('boxes', LOGIN.password) },
        ...settings.broker,
      },
      http: { listen: '127.0.0.1:0' },
      payments: { confirm: 'release', ...settings.payments },
    }
    writeFileSync(config, stringify(written))
    const lines: string[] = []
    const news = new EventEmitter()
    return new BoxShop(host, folder, config, boxesUrl, await launch(config, lines, news), lines, news)
  }

  /** What the command line asks of the running gateway. */
  async ask(command: string, args: Said, progress: (said: unknown) => void = () => {}): Promise<Said> {
    const { controlSocket } = dataFiles(loadSettings(this.#config, {}).dataDir)
    const answer = await askGateway(controlSocket, command, args, progress)
    return typeof answer === 'object' && answer !== null ? { ...answer } : {}
  }

  async list(command: string): Promise<readonly Said[]> {
    return Object.values(await this.ask(command, { limit: 0 })).map(row => ({ ...Object(row) }))
  }

  /** Registers a box and lets a merchant activate it. */
  async bind(kind: BoxKind, mac: string, terminalName = 'Quầy thử'): Promise<Said> {
    return this.ask('devices pair box', { kind, mac, waitMs: 5000 }, () => {
      void this.host.boxes.bind(mac, MMS.bankAccount, terminalName)
    })
  }

  /** A box that is switched on. */
  box(kind: BoxKind, mac: string, quirks: Partial<Quirks> = {}): SeenBox {
    const machine = kind === 'vietqr-vending' ? FAST : {}
    const seen = new SeenBox(
      new SimulatedBox({
        kind,
        url: this.boxesUrl,
        mac,
        boxKey: BOX_KEY,
        ...LOGIN,
        quirks: { ...machine, ...quirks },
        backoff: { first: 20, most: 20 },
      }),
    )
    this.#boxes.push(seen)
    seen.box.powerOn()
    return seen
  }

  async restart(): Promise<void> {
    await this.gateway.stop()
    this.gateway = await launch(this.#config, this.lines, this.news)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const box of this.#boxes) await box[Symbol.asyncDispose]()
    await this.gateway.stop()
    await this.host.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

async function launch(config: string, lines: string[], news: EventEmitter): Promise<RunningGateway> {
  const settings = loadSettings(config, {})
  const log = pino(
    { level: 'debug', base: null },
    {
      write: line => {
        lines.push(line)
        news.emit('line')
      },
    },
  )
  const running = await runGateway(settings, loadSecrets(settings, {}), log)
  if (!running.gateway.link.up) {
    await new Promise<void>(resolve => running.gateway.events.once('link', () => resolve()))
  }
  return running
}
