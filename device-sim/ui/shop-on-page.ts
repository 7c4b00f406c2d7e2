import type { Device } from '../devices/device.ts'
import type { SimulatedHost } from '../host/simulated-host.ts'

/** What the page shows and works with: the devices of a shop, and the host where its customers pay. */
export interface ShopOnPage {
  readonly devices: readonly Device[]
  readonly host: Pick<SimulatedHost, 'events' | 'openOrders' | 'payments' | 'pay' | 'payUnmatched'>
  /** Where money goes that is sent without a code. */
  readonly till: { readonly bankAccount: string; readonly terminalCode: string }
}
