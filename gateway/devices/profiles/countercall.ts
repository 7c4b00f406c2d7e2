import type { CallMessage } from '../../../protocol/local/down.ts'
import { callText } from '../../../protocol/voice/announcement.ts'
import { CALL_GAP_MS } from '../../deliveries/zone.ts'
import type { Device, NewDelivery } from '../../ledger/model.ts'
import { bytesOfPacket, delivery, type Profile, type ShopEvent, seconds, type Telling } from './profile.ts'

/** A call later than this would send the hall after an old number. */
const CALL_MS = 45_000

/** What a client with the smallest usual buffer can read, whole packet. */
const PACKET_BYTES = 256

/** The display and voice that call a ticket to its counter: once its order is paid, and by its keys. */
export const countercall: Profile = {
  kind: 'countercall',
  // Two calls closer than two seconds run into each other in a hall.
  pace: { gapMs: CALL_GAP_MS, patienceMs: 2000, resendMs: 5000, attempts: 4, inOrder: false },
  limits: { packetBytes: { call: PACKET_BYTES }, expiryMs: { call: CALL_MS }, inFlight: 1, largestAmount: null },
  tell(event: ShopEvent, device: Device, telling: Telling): readonly NewDelivery[] {
    if (event.kind !== 'call' || event.order.ticket === null) return []
    const { ticket, counter: ordered, orderId } = event.order
    // A display without a counter of its own serves the whole terminal, and an order without one is called on all of them.
    if (ordered !== null && device.counter !== null && device.counter !== ordered) return []
    const expiresAt = telling.now + CALL_MS
    // Two displays that each named their own counter would send the customer to both.
    const called = { ticket, counter: event.counter ?? '', callNumber: event.callNumber }
    const body = callMessage(called, device, expiresAt, telling)
    return [delivery(device, 'call', { orderId }, body, expiresAt, telling)]
  },
}

type Called = Pick<CallMessage, 'ticket' | 'counter' | 'callNumber'>

/** `down/call`; a ticket full of characters that JSON escapes is called in fewer words, so that the packet fits. */
function callMessage(called: Called, device: Device, expiresAt: number, telling: Telling): CallMessage {
  const { ticket } = called
  const { language } = telling.voice
  const message = (text: string): CallMessage => ({ ...called, text, expiresAt: seconds(expiresAt) })
  const texts = [callText(called, language), callText({ ticket }, language), ticket]
  const fits = (text: string): boolean => bytesOfPacket(device, 'call', message(text), telling) <= PACKET_BYTES
  return message(texts.find(fits) ?? '')
}
