import type { Order } from '../ledger/model.ts'
import type { Seen } from './sandbox-devices.ts'
import { MERCHANT_TERMINAL, type SandboxShop } from './sandbox-shop.ts'

/** One thing that had to happen, whether it did, and how long it took. */
export interface Step {
  readonly step: string
  readonly ok: boolean
  readonly ms: number
  /** What happened, or what is missing, in words. */
  readonly words: string
}

/** Longer than anything here takes on the slowest machine; a step that takes it is missing. */
const PATIENCE_MS = 20_000

/**
 * Walks the real path three times: the vending machine's order, paid with a bank app; an order of the command line with a
 * ticket, paid the same way; and the order of the pos on an account whose payments the host does not report, paid by `simulate`
 * and found by lookup. Between them every native kind has its effect.
 */
export class Walk {
  readonly #shop: SandboxShop
  readonly #tell: (step: Step) => void
  readonly steps: Step[] = []

  /** `tell` hears of each step when it is over. */
  constructor(shop: SandboxShop, tell: (step: Step) => void) {
    this.#shop = shop
    this.#tell = tell
  }

  /** True when every step happened. `shown` is given the code of the first order. */
  async run(shown: (qrCode: string) => void): Promise<boolean> {
    await this.vendingOrder(shown)
    await this.#commandLineOrder()
    await this.#posOrder()
    return this.steps.every(step => step.ok)
  }

  async vendingOrder(shown: (qrCode: string) => void): Promise<void> {
    const { devices, host } = this.#shop
    const requested = this.#orderOf('vending-1')
    const asked = new Promise<void>(resolve => {
      host.events.on('received', ({ topic }) => {
        if (topic.startsWith('vietqr/request/')) resolve()
      })
    })
    devices.order('vending-1', { amount: 25_000, item: 'A1' })
    const order = await this.#step('order', requested, () => 'the vending machine asks for 25.000 đ')
    await this.#step('request', asked, () => 'the gateway asks VietQR for a QR code')
    const screens = Promise.all([this.#sees('vending-1', hasCode), this.#sees('paybox-1', hasCode)])
    const qr = await this.#step('qr', screens, () => 'the machine and the paybox show the code')
    if (order === null || qr === null) return this.#missing(['payment', 'soundbox', 'paybox', 'vending'])
    shown(codeOf(qr[0]))

    const paid = this.#paymentOf(order.orderId)
    await this.#shop.pay(order.orderId)
    await this.#step('payment', paid, () => 'a customer pays with a bank app, VietQR reports 25.000 đ')
    const spoken = this.#sees('soundbox-1', seen => seen.effect === 'speak')
    await this.#step('soundbox', spoken, seen => `the soundbox says “${textOf(seen)}”`)
    const thanks = this.#sees('paybox-1', isPaidScreen)
    await this.#step('paybox', thanks, () => 'the paybox shows “paid”')
    const released = this.#sees('vending-1', seen => seen.effect === 'dispense')
    await this.#step('vending', released, () => 'VietQR confirms, the vending machine releases A1')
  }

  async #commandLineOrder(): Promise<void> {
    const wanted = { terminal: MERCHANT_TERMINAL, amount: 35_000, content: 'Bánh mì', ticket: 'A015', counter: '1' }
    const created = this.#shop.ask('orders create', wanted).then(orderIdOf)
    const orderId = await this.#step('cli-order', created, () => 'the command line orders 35.000 đ for ticket A015')
    if (orderId === null) return this.#missing(['countercall'])
    await this.#shop.pay(orderId)
    const called = this.#sees('countercall-1', seen => seen.effect === 'call')
    await this.#step('countercall', called, seen => `paid: the counter calls “${textOf(seen)}”`)
  }

  async #posOrder(): Promise<void> {
    const requested = this.#orderOf('pos-1')
    this.#shop.devices.order('pos-1', { amount: 50_000, content: 'Hóa đơn 12' })
    const order = await this.#step('pos-order', requested, () => 'the pos orders 50.000 đ on a plain account')
    const qr = await this.#step('pos-qr', this.#sees('pos-1', hasCode), () => 'the pos shows the code')
    if (order === null || qr === null) return this.#missing(['simulate', 'pos'])
    const simulated = this.#shop.ask('simulate', { id: order.orderId }).then(orderIdOf)
    await this.#step('simulate', simulated, () => 'VietQR simulates the payment; a lookup finds it')
    await this.#step('pos', this.#sees('pos-1', isPaidScreen), () => 'the pos shows the payment')
  }

  async #step<T>(step: string, happening: Promise<T>, words: (value: T) => string): Promise<T | null> {
    const started = performance.now()
    const elapsed = (): number => Math.round(performance.now() - started)
    try {
      const value = await within(happening)
      this.#done({ step, ok: true, ms: elapsed(), words: words(value) })
      return value
    } catch (error) {
      this.#done({ step, ok: false, ms: elapsed(), words: error instanceof Error ? error.message : String(error) })
      return null
    }
  }

  #missing(steps: readonly string[]): void {
    for (const step of steps) this.#done({ step, ok: false, ms: 0, words: 'never came to it' })
  }

  #done(step: Step): void {
    this.steps.push(step)
    this.#tell(step)
  }

  #orderOf(deviceId: string): Promise<Order> {
    const { events } = this.#shop.gateway.gateway
    return new Promise(resolve => {
      events.on('order', order => {
        if (order.deviceId === deviceId) resolve(order)
      })
    })
  }

  #paymentOf(orderId: string): Promise<void> {
    const { events } = this.#shop.gateway.gateway
    return new Promise(resolve => {
      events.on('payment', ({ payment }) => {
        if (payment?.orderId === orderId) resolve()
      })
    })
  }

  #sees(deviceId: string, wanted: (seen: Seen) => boolean): Promise<Seen> {
    return this.#shop.devices.sees(deviceId, wanted)
  }
}

function codeOf(seen: Seen): string {
  return seen.effect === 'screen' && seen.view === 'order' ? (seen.qrCode ?? '') : ''
}

function hasCode(seen: Seen): boolean {
  return codeOf(seen) !== ''
}

function isPaidScreen(seen: Seen): boolean {
  return seen.effect === 'screen' && seen.view === 'order' && seen.state === 'paid'
}

function textOf(seen: Seen): string {
  return 'text' in seen ? seen.text : ''
}

function orderIdOf(view: unknown): string {
  if (typeof view === 'object' && view !== null && 'orderId' in view) return String(view.orderId)
  throw new Error('the gateway answered without an order')
}

async function within<T>(happening: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`did not happen within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS)
  try {
    return await Promise.race([happening, promise])
  } finally {
    clearTimeout(timer)
  }
}
