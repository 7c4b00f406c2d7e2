import { toPayload } from '../../../protocol/local/down.ts'
import { type DownPath, deviceTopic, packetBytes } from '../../../protocol/local/topics.ts'
import type { Announcement } from '../../../protocol/voice/announcement.ts'
import type { AnyKind, Delivery, DeliveryKind, Device, NewDelivery, Order, Payment } from '../../ledger/model.ts'

/** What a profile may be asked to turn into messages. */
export type ShopEvent =
  | { readonly kind: 'order'; readonly order: Order }
  | {
      readonly kind: 'payment'
      readonly payment: Payment
      readonly order: Order | null
      readonly announcement: Announcement
    }
  /** The goods of a paid order may go now. */
  | { readonly kind: 'released'; readonly order: Order }
  /** The ticket of an order is called, for the `callNumber`th time; `counter` is where to, if anybody said so. */
  | { readonly kind: 'call'; readonly order: Order; readonly counter: string | null; readonly callNumber: number }
  | { readonly kind: 'summary'; readonly announcement: Announcement }

export interface Voice {
  readonly language: 'vi' | 'en'
  readonly region: 'north' | 'south'
}

/**
 * Everything a profile needs besides the event; `now` is epoch milliseconds, `newId` makes a message id. `heardAt` is when the
 * host's message came in that all this goes back to; absent where it goes back to none.
 */
export interface Telling {
  readonly now: number
  readonly voice: Voice
  readonly newId: () => string
  readonly heardAt?: number
}

/**
 * How one kind of device is spoken to. A profile decides what a device is told, in what form and at what pace; it never
 * looks anything up and never sends.
 */
export interface Profile {
  readonly kind: AnyKind
  readonly pace: Pace
  readonly limits: Limits
  tell(event: ShopEvent, device: Device, telling: Telling): readonly NewDelivery[]
}

/** What a device of this kind can be relied on to take; no message that breaks a limit is ever made. */
export interface Limits {
  /** The most bytes of a whole packet, by what it says; also what this kind is told at all. */
  readonly packetBytes: Partial<Readonly<Record<DeliveryKind, number>>>
  /** How long a message is worth hearing, in milliseconds; null: for ever. */
  readonly expiryMs: Partial<Readonly<Record<DeliveryKind, number | null>>>
  /** Messages sent and not answered, before patience with them is over. */
  readonly inFlight: 1
  /** The largest amount it may ask for, or be told of; null where it hears of none. VND. */
  readonly largestAmount: number | null
}

/** A sum of many payments: the largest number the ledger counts to, and the voice can say. */
export const LARGEST_SUM = 999_999_999_999

/** Milliseconds, and how often. */
export interface Pace {
  /** The least time between two messages. */
  readonly gapMs: number
  /** How long an unanswered message holds the next one back. */
  readonly patienceMs: number
  /** When an unanswered message is sent again, with the same id: after this, then after twice as long, and so on. */
  readonly resendMs: number
  /** Sendings in all before silence counts as the answer. Infinity: as long as it takes. */
  readonly attempts: number
  /** Strictly in the order of the ledger; else what is new goes before what was missed. */
  readonly inOrder: boolean
  /**
   * For devices that know no ids, and so would have an effect twice: nothing that may have been heard is sent again, whatever
   * became of link or process. After a message comes a gap of its own, which a new link does not shorten.
   */
  readonly once?: { gapAfterMs(delivery: Delivery): number }
}

export const DOWN_PATHS: Record<DeliveryKind, DownPath> = {
  order: 'down/order',
  payment: 'down/payment',
  announce: 'down/announce',
  call: 'down/call',
  vend: 'down/vend',
}

/** As long as the id of a message may be. */
const MESSAGE_ID_LENGTH = 26

/** A device answers within seconds; a box in the middle of a sentence may take longer. */
export const USUAL_PACE: Pace = { gapMs: 0, patienceMs: 1000, resendMs: 5000, attempts: 4, inOrder: false }

/** The bytes of a packet with this body: the longest id there is, and the time that is left now. */
export function bytesOfPacket(device: Device, kind: DeliveryKind, body: object, telling: Telling): number {
  const topic = deviceTopic(device.deviceId, DOWN_PATHS[kind])
  return packetBytes(topic, toPayload('0'.repeat(MESSAGE_ID_LENGTH), body, telling.now))
}

/** Epoch seconds, as messages carry them. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

/** A delivery of this device, with what every kind has in common filled in. */
export function delivery(
  device: Device,
  kind: DeliveryKind,
  about: { readonly orderId?: string | null | undefined; readonly paymentId?: string | null },
  body: object,
  expiresAt: number | null,
  telling: Telling,
): NewDelivery {
  return {
    id: telling.newId(),
    deviceId: device.deviceId,
    kind,
    orderId: about.orderId ?? null,
    paymentId: about.paymentId ?? null,
    body,
    expiresAt,
  }
}
