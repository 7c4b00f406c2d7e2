import { mostPacketBytes } from '../../../protocol/vietqr/box-kinds.ts'
import type { Device, NewDelivery } from '../../ledger/model.ts'
import { NEWS_MS, tellOrder } from './order-message.ts'
import { LARGEST_SUM, type Profile, type ShopEvent, type Telling } from './profile.ts'
import { ANNOUNCE_MS, announcement } from './soundbox.ts'

const MOST_BYTES = mostPacketBytes('vietqr-box')

/**
 * VietQR's QR box: a screen and a voice for its terminal, without any memory of what it has heard. Money is news on the screen
 * that means success, so money that is too little is not told to it: the code goes off the screen instead.
 */
export const vietqrBox: Profile = {
  kind: 'vietqr-box',
  pace: { gapMs: 300, patienceMs: 2000, resendMs: 10_000, attempts: 1, inOrder: true, once: { gapAfterMs: () => 0 } },
  limits: {
    packetBytes: { order: MOST_BYTES, announce: MOST_BYTES },
    expiryMs: { order: NEWS_MS, announce: ANNOUNCE_MS },
    inFlight: 1,
    largestAmount: LARGEST_SUM,
  },
  tell(event: ShopEvent, device: Device, telling: Telling): readonly NewDelivery[] {
    switch (event.kind) {
      case 'order':
        // An order that never got a code was never on this screen.
        return event.order.qrCode === null ? [] : tellOrder(event.order, device, telling)
      case 'payment':
        return event.announcement.kind === 'short' ? [] : [announcement(event, device, telling)]
      case 'summary':
        return [announcement(event, device, telling)]
      case 'call':
      case 'released':
        return []
    }
  },
}
