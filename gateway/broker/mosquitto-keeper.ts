import type { Clock } from '../clock.ts'
import type { Settings } from '../config/schema.ts'
import type { Registry } from '../ledger/registry-book.ts'
import type { Log } from '../log.ts'
import { exportLogins, rememberedExport } from './mosquitto-logins.ts'
import { reloadMosquitto } from './mosquitto-reload.ts'

type Logins = Pick<Registry, 'logins' | 'onLoginsChanged'>
type KeeperSettings = Pick<Settings, 'dataDir' | 'broker'>

const AGAIN_MS = 10_000

/**
 * Keeps Mosquitto's files current while a gateway runs: after each change of who may log in they are written to where
 * `broker export` wrote them last, and Mosquitto reads them again. What goes wrong is told and tried again.
 */
export class MosquittoKeeper {
  readonly #settings: KeeperSettings
  readonly #registry: Logins
  readonly #clock: Clock
  readonly #log: Log
  #unwatch: () => void = () => {}
  #cancelRetry: () => void = () => {}
  #working: Promise<void> | undefined
  #again = false
  #stopped = false
  /** An earlier process may have written the files and not lived to say so. */
  #untold = true

  constructor(settings: KeeperSettings, registry: Logins, clock: Clock, log: Log) {
    this.#settings = settings
    this.#registry = registry
    this.#clock = clock
    this.#log = log
  }

  async start(): Promise<void> {
    this.#unwatch = this.#registry.onLoginsChanged(() => this.refresh())
    await this.refresh()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#unwatch()
    this.#cancelRetry()
    await this.#working
  }

  /** Resolves when the files say what the registry says now, or when that has failed; never rejects. */
  refresh(): Promise<void> {
    this.#again = true
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
      // Asked for after the last look and before the end.
      if (this.#again && !this.#stopped) void this.refresh()
    })
    return this.#working
  }

  async #work(): Promise<void> {
    this.#cancelRetry()
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false
        await this.#once()
      }
    } catch (error) {
      const seconds = AGAIN_MS / 1000
      this.#log.error(
        { err: error },
        `Mosquitto does not know yet who may log in: devices that were removed are still let in; tried again in ${seconds} s`,
      )
      if (!this.#stopped) this.#cancelRetry = this.#clock.after(AGAIN_MS, () => void this.refresh())
    }
  }

  async #once(): Promise<void> {
    const directory = await rememberedExport(this.#settings)
    if (directory === null) {
      this.#log.warn(
        'Mosquitto has no files yet: run "vietqr-gateway broker export DIR" with the folder of mosquitto.conf',
      )
      return
    }
    const { changed, withoutPassword } = await exportLogins(this.#settings, this.#registry, directory)
    this.#untold ||= changed
    if (!this.#untold) return
    if (withoutPassword.length > 0) {
      this.#log.warn({ devices: withoutPassword }, 'Mosquitto lets these devices in only after "devices rotate"')
    }
    const told = await reloadMosquitto(this.#settings.broker.reload)
    if (!told && changed) this.#log.warn('broker.reload is not set: Mosquitto has to be told to read its files again')
    this.#untold = false
  }
}
