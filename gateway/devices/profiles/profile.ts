import type { DeviceKind, DownPath } from '../../../protocol/local/topics.ts'
import type { Announcement } from '../../../protocol/voice/announcement.ts'
import type { DeliveryKind, Device, NewDelivery, Order, Payment } from '../../ledger/model.ts'

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
  readonly kind: DeviceKind
  readonly pace: Pace
  tell(event: ShopEvent, device: Device, telling: Telling): readonly NewDelivery[]
}

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
}

export const DOWN_PATHS: Record<DeliveryKind, DownPath> = {
  order: 'down/order',
  payment: 'down/payment',
  announce: 'down/announce',
  call: 'down/call',
  vend: 'down/vend',
}

/** A device answers within seconds; a box in the middle of a sentence may take longer. */
export const USUAL_PACE: Pace = { gapMs: 0, patienceMs: 1000, resendMs: 5000, attempts: 4, inOrder: false }

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
