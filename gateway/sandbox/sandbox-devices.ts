import type { Device, OrderWish } from '../../device-sim/devices/device.ts'
import type { Effect } from '../../device-sim/devices/effects.ts'
import { SimulatedDevice } from '../../device-sim/devices/simulated-device.ts'
import type { DeviceKind } from '../../protocol/local/topics.ts'

/** An effect and the device that had it. */
export type Seen = Effect & { readonly deviceId: string }

interface Watcher {
  readonly deviceId: string
  readonly wanted: (seen: Seen) => boolean
  readonly found: (seen: Seen) => void
}

/** How a device reaches the gateway, as `devices pair` says it. */
export interface Access {
  readonly url: string
  readonly password: string
  /** PEM of the CA to trust, for a TLS address. */
  readonly ca: string
}

/** The simulated devices of a sandbox, and everything a person would notice of them. */
export class SandboxDevices {
  readonly #devices = new Map<string, SimulatedDevice>()
  readonly #seen: Seen[] = []
  #watchers: Watcher[] = []

  /** Switches a device on; resolves when it can be told things. */
  async connect(kind: DeviceKind, deviceId: string, access: Access): Promise<void> {
    const device = new SimulatedDevice({ kind, deviceId, ...access })
    this.#devices.set(deviceId, device)
    device.events.on('effect', effect => this.#note({ ...effect, deviceId }))
    const reachable = new Promise<void>(resolve => device.events.once('reachable', resolve))
    device.start()
    await reachable
  }

  /** Those switched on so far. */
  get all(): readonly Device[] {
    return [...this.#devices.values()]
  }

  /** A person asks for an order at a device. */
  order(deviceId: string, wish: OrderWish): void {
    const device = this.#devices.get(deviceId)
    if (device === undefined) throw new Error(`there is no device ${deviceId}`)
    // What comes of it is seen on its screen.
    device.order(wish).catch(() => {})
  }

  /** The first effect of a device that is as wanted, whether it was there already or comes yet. */
  sees(deviceId: string, wanted: (seen: Seen) => boolean): Promise<Seen> {
    const known = this.#seen.find(seen => seen.deviceId === deviceId && wanted(seen))
    if (known !== undefined) return Promise.resolve(known)
    return new Promise(found => this.#watchers.push({ deviceId, wanted, found }))
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#devices.values()].map(device => device.stop()))
  }

  #note(seen: Seen): void {
    this.#seen.push(seen)
    const fits = (watcher: Watcher): boolean => watcher.deviceId === seen.deviceId && watcher.wanted(seen)
    const satisfied = this.#watchers.filter(fits)
    this.#watchers = this.#watchers.filter(watcher => !satisfied.includes(watcher))
    for (const watcher of satisfied) watcher.found(seen)
  }
}
