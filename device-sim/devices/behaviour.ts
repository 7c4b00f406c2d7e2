import type { DeviceKind, DownPath } from '../../protocol/local/topics.ts'
import { type EffectBody, effectOf, isOpen, orderScreen } from './effects.ts'
import type { DownMessage, DownOf } from './messages.ts'

/** What each kind of device has an ear for, besides the state of the link and its configuration, which all are told. */
const HEARS: Record<DeviceKind, readonly DownPath[]> = {
  paybox: ['down/order', 'down/payment', 'down/lookup', 'down/error'],
  pos: ['down/order', 'down/payment', 'down/lookup', 'down/error'],
  vending: ['down/order', 'down/vend', 'down/lookup', 'down/error'],
  soundbox: ['down/announce'],
  countercall: ['down/call', 'down/error'],
}

const HAS_SCREEN: Record<DeviceKind, boolean> = {
  paybox: true,
  pos: true,
  vending: true,
  soundbox: false,
  countercall: false,
}

/** How one device turns what it is told into effects: what it shows depends on what it was told before. */
export class Behaviour {
  readonly #kind: DeviceKind
  #hostDown = false
  #order: DownOf<'down/order'> | null = null

  constructor(kind: DeviceKind) {
    this.#kind = kind
  }

  /** The order on the screen; null before the first. */
  get order(): DownOf<'down/order'> | null {
    return this.#order
  }

  hears(path: DownPath): boolean {
    return path === 'down/link' || path === 'down/config' || HEARS[this.#kind].includes(path)
  }

  /** The effects of a message this kind has an ear for, in order. `now` is epoch milliseconds. */
  perform(message: DownMessage, now: number): readonly EffectBody[] {
    switch (message.path) {
      case 'down/config':
        return []
      case 'down/order':
        this.#order = message
        return [orderScreen(message, this.#hostDown, now)]
      case 'down/link':
        this.#hostDown = message.host === 'down'
        return HAS_SCREEN[this.#kind] ? [effectOf(message), ...this.#shownAgain(now)] : []
      default:
        return [effectOf(message)]
    }
  }

  /** Back on the line, the code that was taken off the screen is shown again. */
  #shownAgain(now: number): readonly EffectBody[] {
    const order = this.#order
    return order !== null && isOpen(order) && !this.#hostDown
      ? [orderScreen({ ...order, ttl: undefined }, false, now)]
      : []
  }
}
