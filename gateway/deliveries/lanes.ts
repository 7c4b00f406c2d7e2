import { profileOf } from '../devices/profiles/index.ts'
import type { Delivery, Device } from '../ledger/model.ts'
import { Lane, type LaneParts } from './lane.ts'
import { Zone } from './zone.ts'

/** All lanes, made when a device first has something to hear. A slow or dead device costs the others nothing. */
export class Lanes {
  readonly #parts: LaneParts
  readonly #deviceOf: (deviceId: string) => Promise<Device | null>
  readonly #lanes = new Map<string, Lane>()
  /** One for each terminal that has counter calls. */
  readonly #zones = new Map<string, Zone>()
  #stopped = false

  constructor(parts: LaneParts, deviceOf: (deviceId: string) => Promise<Device | null>) {
    this.#parts = parts
    this.#deviceOf = deviceOf
  }

  wake(deviceIds: readonly string[]): void {
    for (const deviceId of deviceIds) this.#with(deviceId, lane => lane.wake())
  }

  /** A device has a new link; `returned` follows once it was told what is true now. */
  arriving(deviceId: string): void {
    this.#lanes.get(deviceId)?.arriving()
  }

  returned(deviceId: string): void {
    this.#with(deviceId, lane => lane.returned())
  }

  /** What a device has to hear and is known by this id; null where its lane knows none. */
  known(deviceId: string, deliveryId: string): Delivery | null {
    return this.#lanes.get(deviceId)?.known(deliveryId) ?? null
  }

  acknowledged(delivery: Delivery, busy: boolean): void {
    this.#lanes.get(delivery.deviceId)?.acknowledged(delivery, busy)
  }

  /** Forgets a device that was removed. */
  forget(deviceId: string): void {
    this.#lanes.get(deviceId)?.stop()
    this.#lanes.delete(deviceId)
  }

  stop(): void {
    this.#stopped = true
    for (const lane of this.#lanes.values()) lane.stop()
    for (const zone of this.#zones.values()) zone.stop()
  }

  #laneOf(device: Device): Lane {
    return new Lane(device.deviceId, profileOf(device.kind).pace, this.#zoneOf(device), this.#parts)
  }

  #zoneOf({ kind, terminalCode }: Device): Zone | null {
    if (kind !== 'countercall') return null
    const zone = this.#zones.get(terminalCode) ?? new Zone(this.#parts.clock)
    this.#zones.set(terminalCode, zone)
    return zone
  }

  #with(deviceId: string, act: (lane: Lane) => void): void {
    const known = this.#lanes.get(deviceId)
    if (known !== undefined) {
      act(known)
      return
    }
    this.#deviceOf(deviceId)
      .then(device => {
        if (device === null || this.#stopped) return
        const lane = this.#lanes.get(deviceId) ?? this.#laneOf(device)
        this.#lanes.set(deviceId, lane)
        act(lane)
      })
      .catch(this.#parts.trouble)
  }
}
