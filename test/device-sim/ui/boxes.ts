import { EventEmitter } from 'node:events'
import type { Device, DeviceEvents, OrderWish } from '../../../device-sim/devices/device.ts'
import type { EffectBody } from '../../../device-sim/devices/effects.ts'
import type { SimulatedKind } from '../../../device-sim/devices/quirks.ts'

/** A device that does what a test says, and remembers what was pressed. */
export class ScriptedDevice implements Device {
  readonly events = new EventEmitter<DeviceEvents>()
  readonly kind: SimulatedKind
  readonly deviceId: string
  online = true
  readonly orders: OrderWish[] = []
  readonly lines: string[] = []
  readonly power: ('on' | 'off')[] = []

  constructor(kind: SimulatedKind, deviceId: string) {
    this.kind = kind
    this.deviceId = deviceId
  }

  /** Something is noticed of it. */
  does(effect: EffectBody): void {
    this.events.emit('effect', { ...effect, at: '2026-01-02T03:04:05+07:00' })
  }

  powerOn(): void {
    this.online = true
    this.power.push('on')
  }

  async powerOff(): Promise<void> {
    this.online = false
    this.power.push('off')
  }

  async stop(): Promise<void> {}
  async cancel(): Promise<void> {}

  order(wish: OrderWish): Promise<unknown> {
    this.orders.push(wish)
    return Promise.reject(new Error('switched off before it was answered'))
  }

  async key(line: string): Promise<void> {
    if (line === 'nonsense') throw new Error('nonsense is no key of this device')
    this.lines.push(line)
  }
}
