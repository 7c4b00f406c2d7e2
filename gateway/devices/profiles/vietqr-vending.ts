import type { VendMessage } from '../../../protocol/local/down.ts'
import { mostPacketBytes } from '../../../protocol/vietqr/box-kinds.ts'
import { LARGEST_PAYABLE, payingMs } from '../../boxes/pulses.ts'
import type { Device, NewDelivery } from '../../ledger/model.ts'
import { tellOrder } from './order-message.ts'
import { delivery, type Profile, type ShopEvent, seconds, type Telling } from './profile.ts'

/** Goods are released to somebody who is standing there. */
const VEND_MS = 120_000
/** The box gives up on the QR it asked for, and shows a later one on the screen of whatever came after. */
const QR_MS = 30_000
/** Its PUBACK says that it has a message; none comes of a link that is dead, which is found out within 22.5 s. */
const TAKES_MS = 25_000

const MOST_BYTES = mostPacketBytes('vietqr-vending')

/**
 * VietQR's vending box: hears the QR of its own newest request, and once for each paid order what was paid. It turns every such
 * message into pulses and says nothing of what came out, so nothing is ever sent twice, and never two within one train.
 */
export const vietqrVending: Profile = {
  kind: 'vietqr-vending',
  pace: {
    gapMs: 300,
    patienceMs: 2000,
    resendMs: TAKES_MS,
    attempts: 1,
    inOrder: true,
    once: { gapAfterMs: ({ kind, body }) => (kind === 'vend' ? payingMs(amountOf(body)) : 0) },
  },
  limits: {
    packetBytes: { order: MOST_BYTES, vend: MOST_BYTES },
    expiryMs: { order: QR_MS, vend: VEND_MS },
    inFlight: 1,
    largestAmount: LARGEST_PAYABLE,
  },
  tell(event: ShopEvent, device: Device, telling: Telling): readonly NewDelivery[] {
    if (event.kind !== 'order' && event.kind !== 'released') return []
    const { order } = event
    if (order.deviceId !== device.deviceId) return []
    if (event.kind === 'order') {
      // The end of an order is not said to it, but takes the place of a QR that was not sent yet.
      const expiresAt = order.createdAt + QR_MS
      return order.state === 'paid' ? [] : tellOrder(order, device, telling).map(told => ({ ...told, expiresAt }))
    }
    const expiresAt = telling.now + VEND_MS
    const body: VendMessage = { orderId: order.orderId, amount: order.amount, expiresAt: seconds(expiresAt) }
    return [delivery(device, 'vend', { orderId: order.orderId }, body, expiresAt, telling)]
  },
}

function amountOf(body: string): number {
  const said: unknown = JSON.parse(body)
  return typeof said === 'object' && said !== null && 'amount' in said ? Number(said.amount) : 0
}
