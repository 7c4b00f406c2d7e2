import { EventEmitter } from 'node:events'
import type { Device } from '../devices/device.ts'
import type { Effect } from '../devices/effects.ts'
import type { SimulatedKind } from '../devices/quirks.ts'
import { orderView } from '../host/order-view.ts'
import type { Order } from '../host/orders.ts'
import type { Plugs } from './plugs.ts'
import { type QrPath, qrPath } from './qr-path.ts'
import type { ShopOnPage } from './shop-on-page.ts'

/** Effects of one device that a page opened later is told. */
const KEPT_EFFECTS = 60
/** Codes a phone is offered, the newest: the host keeps every code payable for ever. */
const OFFERED_CODES = 50

/** An effect as the page is told it, with the picture of the code where there is one. */
export type SeenEffect = Effect & { readonly deviceId: string; readonly picture?: QrPath }

interface DeviceState {
  readonly deviceId: string
  readonly kind: SimulatedKind
  readonly plugged: boolean
  readonly online: boolean
  /** Goods it has released since it was switched on. */
  readonly released: number
  /** The oldest first. */
  readonly effects: readonly SeenEffect[]
}

interface ShopState {
  readonly devices: readonly DeviceState[]
  readonly codes: readonly Code[]
}

/** A code somebody can still pay, as a phone is offered it. */
type Code = Pick<ReturnType<typeof orderView>, 'qrCode' | 'orderId' | 'terminalCode' | 'amount' | 'content'>

/** What changes on the page, by the names of its events. */
export interface ShopLogEvents {
  effect: [effect: SeenEffect]
  link: [link: { readonly deviceId: string; readonly plugged: boolean; readonly online: boolean }]
  codes: [codes: readonly Code[]]
}

interface Kept {
  readonly device: Device
  released: number
  effects: SeenEffect[]
}

/** Everything that happened in the shop which a page needs to look as if it had been open all the time. */
export class ShopLog {
  readonly events = new EventEmitter<ShopLogEvents>()
  readonly #shop: ShopOnPage
  readonly #plugs: Plugs
  readonly #kept: readonly Kept[]
  readonly #leave: (() => void)[] = []

  constructor(shop: ShopOnPage, plugs: Plugs) {
    this.#shop = shop
    this.#plugs = plugs
    this.#kept = shop.devices.map(device => ({ device, released: 0, effects: [] }))
  }

  /** From now on it notices. */
  start(): void {
    for (const kept of this.#kept) this.#watch(kept)
    const { events } = this.#shop.host
    const changed = (): void => void this.events.emit('codes', this.#codes())
    for (const name of ['issued', 'stored', 'paid', 'reversed', 'cancelled'] as const) {
      events.on(name, changed)
      this.#leave.push(() => events.off(name, changed))
    }
  }

  stop(): void {
    for (const leave of this.#leave.splice(0)) leave()
  }

  /** How everything stands. */
  get state(): ShopState {
    const devices = this.#kept.map(({ device, released, effects }) => ({
      ...{ ...this.#linkOf(device), kind: device.kind, released, effects },
    }))
    return { devices, codes: this.#codes() }
  }

  #watch(kept: Kept): void {
    const { device } = kept
    const seen = (effect: Effect): void => this.#see(kept, effect)
    const linked = (): void => void this.events.emit('link', this.#linkOf(device))
    const pulled = (deviceId: string): void => {
      if (deviceId !== device.deviceId) return
      // A screen without power is dark, and the device does not know what was on it either; a till has its books.
      kept.effects = kept.effects.filter(effect => effect.effect !== 'screen' || effect.view === 'payment')
      linked()
    }
    device.events.on('effect', seen).on('reachable', linked).on('gone', linked)
    this.#plugs.events.on('pulled', pulled).on('put', linked)
    this.#leave.push(() => {
      device.events.off('effect', seen).off('reachable', linked).off('gone', linked)
      this.#plugs.events.off('pulled', pulled).off('put', linked)
    })
  }

  #linkOf(device: Device) {
    return { deviceId: device.deviceId, plugged: this.#plugs.isIn(device), online: device.online }
  }

  #see(kept: Kept, effect: Effect): void {
    // What devices say to the gateway is nothing a person notices.
    if (effect.effect === 'ack') return
    const picture = 'qrCode' in effect && effect.qrCode !== undefined ? qrPath(effect.qrCode) : null
    const seen = { ...effect, deviceId: kept.device.deviceId, ...(picture === null ? {} : { picture }) }
    kept.effects.push(seen)
    if (effect.effect === 'dispense') kept.released += 1
    if (kept.effects.length > KEPT_EFFECTS) kept.effects.splice(firstOutdated(kept.effects), 1)
    this.events.emit('effect', seen)
  }

  #codes(): readonly Code[] {
    const newest = this.#shop.host.openOrders().slice(-OFFERED_CODES).reverse()
    return newest.map(code)
  }
}

function code(order: Order): Code {
  const { qrCode, orderId, terminalCode, amount, content } = orderView(order)
  return { qrCode, orderId, terminalCode, amount, content }
}

/** The oldest that something of its sort came after: the last order of a screen stays, however much money came since. */
function firstOutdated(effects: readonly SeenEffect[]): number {
  const sort = (effect: SeenEffect): string => `${effect.effect} ${'view' in effect ? effect.view : ''}`
  const newest = new Map(effects.map((effect, index) => [sort(effect), index]))
  return effects.findIndex((effect, index) => newest.get(sort(effect)) !== index)
}
