import { EventEmitter } from 'node:events'
import type { Device } from '../devices/device.ts'

/** The plugs of the devices: people pull them, and put them back. All are in at first. */
export class Plugs {
  /** `pulled` and `put` are told with the device's id when it is done. */
  readonly events = new EventEmitter<{ pulled: [deviceId: string]; put: [deviceId: string] }>()
  readonly #out = new Set<string>()

  isIn({ deviceId }: Device): boolean {
    return !this.#out.has(deviceId)
  }

  async pull(device: Device): Promise<void> {
    if (!this.isIn(device)) return
    this.#out.add(device.deviceId)
    await device.powerOff()
    this.events.emit('pulled', device.deviceId)
  }

  put(device: Device): void {
    if (this.isIn(device)) return
    this.#out.delete(device.deviceId)
    device.powerOn()
    this.events.emit('put', device.deviceId)
  }
}
