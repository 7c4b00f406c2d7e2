import type { BusAddress, DeviceBus } from '../broker/device-bus.ts'
import type { BoxDesk } from './box-desk.ts'

/** All devices of a shop behind one bus: those of the gateway's own kind, and VietQR's boxes at the same listener or at theirs. */
export class BusWithBoxes implements DeviceBus {
  readonly #devices: DeviceBus
  readonly #boxes: BoxDesk
  /** Where boxes connect when they have a listener of their own. */
  readonly #listener: DeviceBus | null

  constructor(devices: DeviceBus, boxes: BoxDesk, listener: DeviceBus | null) {
    this.#devices = devices
    this.#boxes = boxes
    this.#listener = listener
  }

  async start(): Promise<void> {
    await this.#devices.start()
    try {
      await this.#listener?.start()
    } catch (error) {
      await this.#devices.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    await this.#listener?.stop()
    await this.#devices.stop()
  }

  get trouble(): string | null {
    return this.#devices.trouble ?? null
  }

  addresses(): readonly BusAddress[] {
    return this.#devices.addresses()
  }

  reaches(deviceId: string, path: string): boolean {
    return this.#boxes.reaches(deviceId, path) || this.#devices.reaches(deviceId, path)
  }

  online(deviceId: string): boolean {
    return this.#devices.online(deviceId)
  }

  send(deviceId: string, path: string, payload: string): Promise<void> {
    return this.#boxes.reaches(deviceId, path)
      ? this.#boxes.send(deviceId, path, payload)
      : this.#devices.send(deviceId, path, payload)
  }

  disconnect(deviceId: string): void {
    this.#boxes.disconnect(deviceId)
    this.#devices.disconnect(deviceId)
  }
}
