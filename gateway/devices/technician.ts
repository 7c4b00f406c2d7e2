import type { DeviceBus } from '../broker/device-bus.ts'
import type { Clock } from '../clock.ts'
import type { Lanes } from '../deliveries/lanes.ts'
import type { GatewayEvents } from '../events.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Delivery, Device, Order } from '../ledger/model.ts'
import type { ChangedDevice } from '../ledger/registry-book.ts'
import type { DeviceNotes } from './device-notes.ts'

export interface TechnicianParts {
  readonly ledger: Ledger
  readonly bus: DeviceBus
  readonly lanes: Lanes
  readonly notes: DeviceNotes
  readonly events: GatewayEvents
  readonly clock: Clock
}

export interface TechnicianOwner {
  /** A delivery ended with its device's place. */
  dropped(delivery: Delivery): void
  orderChanged(order: Order, told: readonly string[]): void
  /** The goods of this order cannot come out any more. */
  goodsLost(order: Order): void
}

/** What somebody with a screwdriver does to devices that are connected: cut them off, take them away, test them. */
export class Technician {
  readonly #parts: TechnicianParts
  readonly #owner: TechnicianOwner

  constructor(parts: TechnicianParts, owner: TechnicianOwner) {
    this.#parts = parts
    this.#owner = owner
  }

  /** Closes every connection of a device: its credentials have changed. */
  cutOff(deviceId: string): void {
    this.#parts.bus.disconnect(deviceId)
  }

  /** A device has left its place (removed, disabled, moved): it is cut off, and what that ended is told. */
  deviceLeft(deviceId: string, { ended, orders, told }: ChangedDevice): void {
    this.cutOff(deviceId)
    this.#parts.lanes.forget(deviceId)
    this.#parts.notes.forget(deviceId)
    for (const delivery of ended) {
      this.#owner.dropped(delivery)
      this.#parts.events.emit('delivered', delivery)
    }
    for (const order of orders) {
      if (order.fulfilment === 'failed') this.#owner.goodsLost(order)
      this.#owner.orderChanged(order, [])
    }
    this.#parts.lanes.wake(told)
  }

  /** Has a device show that it works. Resolves with the id of the message it is to answer; `answered` events tell. */
  async test(device: Device): Promise<string> {
    const { deviceId } = device
    const { ledger, lanes, notes, clock } = this.#parts
    const id = await ledger.deliveries.tellTest(deviceId, clock.now())
    if (id === null) return notes.config(device)
    lanes.wake([deviceId])
    return id
  }

  /** After a test, a screen shows again what it showed before. */
  async testOver({ deviceId, kind }: Device): Promise<void> {
    if (kind !== 'paybox') return
    await this.#parts.ledger.deliveries.tellPresentState(deviceId, this.#parts.clock.now())
    this.#parts.lanes.wake([deviceId])
  }
}
