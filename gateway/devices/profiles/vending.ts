import type { VendMessage } from '../../../protocol/local/down.ts'
import { LARGEST_ORDER } from '../../../protocol/local/up.ts'
import type { Device, NewDelivery } from '../../ledger/model.ts'
import { ASKER_MS, ORDER_BYTES, tellOrder } from './order-message.ts'
import { delivery, type Profile, type ShopEvent, seconds, type Telling } from './profile.ts'

/** Goods are released to somebody who is standing there: a machine that stays away longer releases nothing. */
const VEND_MS = 120_000

/** Ids, an item and an amount: never more. */
const VEND_BYTES = 256

/** The machine: hears of its own orders only, and is told to release once, after the money is certain. */
export const vending: Profile = {
  kind: 'vending',
  pace: { gapMs: 0, patienceMs: 1000, resendMs: 5000, attempts: 6, inOrder: false },
  limits: {
    packetBytes: { order: ORDER_BYTES, vend: VEND_BYTES },
    expiryMs: { order: ASKER_MS, vend: VEND_MS },
    inFlight: 1,
    largestAmount: LARGEST_ORDER,
  },
  tell(event: ShopEvent, device: Device, telling: Telling): readonly NewDelivery[] {
    if (event.kind !== 'order' && event.kind !== 'released') return []
    if (event.order.deviceId !== device.deviceId) return []
    // "Paid" is said together with the release: a machine that reads it as permission must not read it too early.
    if (event.kind === 'order') return event.order.state === 'paid' ? [] : tellOrder(event.order, device, telling)
    const { orderId, item, amount } = event.order
    const expiresAt = telling.now + VEND_MS
    const body: VendMessage = {
      orderId,
      ...(item === null ? {} : { item }),
      amount,
      expiresAt: seconds(expiresAt),
    }
    return [...tellOrder(event.order, device, telling), delivery(device, 'vend', { orderId }, body, expiresAt, telling)]
  },
}
