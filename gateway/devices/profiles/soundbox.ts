import type { AnnounceMessage } from '../../../protocol/local/down.ts'
import { type Announcement, announcementText } from '../../../protocol/voice/announcement.ts'
import type { Device, NewDelivery } from '../../ledger/model.ts'
import { bytesOfPacket, delivery, LARGEST_SUM, type Profile, type ShopEvent, seconds, type Telling } from './profile.ts'

/** After this an announcement is history: the customer has gone, and it is only counted into a summary. */
export const ANNOUNCE_MS = 90_000
const LINK_MS = 30_000
/** What the smallest sound boxes can read, whole packet. */
const PACKET_BYTES = 512
/** More than everything but the text can take in it, with the longest id and the largest numbers. */
const AROUND_BYTES = 300

/** The voice of the shop: says each payment once, short ones as a warning. */
export const soundbox: Profile = {
  kind: 'soundbox',
  pace: { gapMs: 0, patienceMs: 2000, resendMs: 8000, attempts: 4, inOrder: false },
  limits: {
    packetBytes: { announce: PACKET_BYTES },
    expiryMs: { announce: ANNOUNCE_MS },
    inFlight: 1,
    largestAmount: LARGEST_SUM,
  },
  tell(event: ShopEvent, device: Device, telling: Telling): readonly NewDelivery[] {
    if (event.kind !== 'payment' && event.kind !== 'summary') return []
    return [announcement(event, device, telling)]
  },
}

/** What a soundbox says of the host's link; worth hearing for half a minute. */
export function linkAnnouncement(up: boolean, device: Device, telling: Telling): AnnounceMessage {
  return announceMessage({ kind: 'link', up }, device, telling.now + LINK_MS, telling)
}

/** What is said about money, for every kind of device that has a voice. */
export function announcement(
  event: Extract<ShopEvent, { readonly kind: 'payment' | 'summary' }>,
  device: Device,
  telling: Telling,
): NewDelivery {
  const about =
    event.kind === 'payment' ? { orderId: event.order?.orderId, paymentId: event.payment.paymentId } : { orderId: null }
  const expiresAt = telling.now + ANNOUNCE_MS
  const body = announceMessage(event.announcement, device, expiresAt, telling)
  return delivery(device, 'announce', about, body, expiresAt, telling)
}

/** `down/announce`, its text as long as the packet allows. */
function announceMessage(said: Announcement, device: Device, expiresAt: number, telling: Telling): AnnounceMessage {
  const { language } = telling.voice
  const numbers = {
    ...('amount' in said ? { amount: said.amount } : {}),
    ...('expected' in said && said.expected !== undefined ? { expected: said.expected } : {}),
    ...('count' in said ? { count: said.count } : {}),
  }
  const message = (text: string): AnnounceMessage => ({
    kind: said.kind,
    ...numbers,
    text,
    language,
    expiresAt: seconds(expiresAt),
  })
  // Nearly every text fits in full, and needs no measuring.
  const full = announcementText(said, telling.voice)
  if (AROUND_BYTES + Buffer.byteLength(full) <= PACKET_BYTES) return message(full)
  const used = bytesOfPacket(device, 'announce', message(''), telling)
  return message(announcementText(said, telling.voice, PACKET_BYTES - used))
}
