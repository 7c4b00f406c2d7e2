import { LARGEST_ORDER } from '../../../protocol/local/up.ts'
import type { Device, NewDelivery } from '../../ledger/model.ts'
import { ASKER_MS, ORDER_BYTES, PAYMENT_BYTES, paymentMessage, tellOrder } from './order-message.ts'
import { delivery, type Profile, type ShopEvent, type Telling } from './profile.ts'

/** The till: its own orders, and every payment of its terminal, in order, however long it was away. */
export const pos: Profile = {
  kind: 'pos',
  pace: { gapMs: 0, patienceMs: 1000, resendMs: 5000, attempts: Number.POSITIVE_INFINITY, inOrder: true },
  limits: {
    packetBytes: { order: ORDER_BYTES, payment: PAYMENT_BYTES },
    expiryMs: { order: ASKER_MS, payment: null },
    inFlight: 1,
    largestAmount: LARGEST_ORDER,
  },
  tell(event: ShopEvent, device: Device, telling: Telling): readonly NewDelivery[] {
    switch (event.kind) {
      case 'order':
        return event.order.deviceId === device.deviceId ? tellOrder(event.order, device, telling) : []
      case 'payment': {
        const about = { orderId: event.order?.orderId, paymentId: event.payment.paymentId }
        return [
          delivery(
            device,
            'payment',
            about,
            paymentMessage(event.payment, event.order, device, telling),
            null,
            telling,
          ),
        ]
      }
      case 'released':
      case 'call':
      case 'summary':
        return []
    }
  },
}
