import { LARGEST_ORDER } from '../../../protocol/local/up.ts'
import type { Device, NewDelivery } from '../../ledger/model.ts'
import { NEWS_MS, ORDER_BYTES, PAYMENT_BYTES, paymentMessage, tellOrder } from './order-message.ts'
import { delivery, type Profile, type ShopEvent, type Telling, USUAL_PACE } from './profile.ts'

/** A payment is worth a pop-up for a minute. */
const PAYMENT_MS = 60_000

/** The screen at the counter: shows the QR of its terminal's orders, and what became of them. */
export const paybox: Profile = {
  kind: 'paybox',
  pace: USUAL_PACE,
  limits: {
    packetBytes: { order: ORDER_BYTES, payment: PAYMENT_BYTES },
    expiryMs: { order: NEWS_MS, payment: PAYMENT_MS },
    inFlight: 1,
    largestAmount: LARGEST_ORDER,
  },
  tell(event: ShopEvent, device: Device, telling: Telling): readonly NewDelivery[] {
    switch (event.kind) {
      case 'order': {
        // An order of another device that never got a QR was never on this screen.
        const shown = event.order.qrCode !== null || event.order.deviceId === device.deviceId
        return shown ? tellOrder(event.order, device, telling) : []
      }
      case 'payment': {
        const about = { orderId: event.order?.orderId, paymentId: event.payment.paymentId }
        const body = paymentMessage(event.payment, event.order, device, telling)
        return [delivery(device, 'payment', about, body, telling.now + PAYMENT_MS, telling)]
      }
      case 'released':
      case 'call':
      case 'summary':
        return []
    }
  },
}
