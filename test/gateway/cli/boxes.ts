import type { Effect } from '../../../device-sim/devices/effects.ts'
import { SimulatedDevice, type SimulatedDeviceOptions } from '../../../device-sim/devices/simulated-device.ts'
import type { DeviceKind } from '../../../protocol/local/topics.ts'
import { Happenings } from '../../support/happenings.ts'

/** The credentials `devices pair` prints, as far as a device needs them. */
export interface Login {
  readonly deviceId: string
  readonly kind: DeviceKind
  readonly password: string
  readonly urls: readonly string[]
}

/** A simulated device of a test: what it did, and how its links went. */
export class Box implements AsyncDisposable {
  readonly effects: Effect[] = []
  arrivals = 0
  departures = 0
  problems = 0
  readonly #device: SimulatedDevice
  readonly #seen = new Happenings()

  constructor({ deviceId, kind, password, urls }: Login, more: Partial<SimulatedDeviceOptions> = {}) {
    const [url = ''] = urls
    this.#device = new SimulatedDevice({ kind, url, deviceId, password, backoff: { first: 20, most: 50 }, ...more })
    const { events } = this.#device
    events.on('effect', effect => {
      this.effects.push(effect)
      this.#seen.happened()
    })
    events.on('reachable', () => this.#count('arrivals'))
    events.on('gone', () => this.#count('departures'))
    events.on('problem', () => this.#count('problems'))
  }

  /** Switches it on. */
  start(): this {
    this.#device.start()
    return this
  }

  /** Switches it on and waits until it can be told things. */
  async online(): Promise<this> {
    this.start()
    await this.until(() => this.arrivals > 0, 'the device is reachable')
    return this
  }

  until(condition: () => boolean, what: string, milliseconds?: number): Promise<void> {
    return this.#seen.until(condition, what, milliseconds)
  }

  #count(what: 'arrivals' | 'departures' | 'problems'): void {
    this[what] += 1
    this.#seen.happened()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#device.stop()
  }
}
