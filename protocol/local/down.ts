import type { ErrorCode } from '../errors.ts'

/**
 * What native devices are told. Times are epoch seconds, money is integer VND. Whatever has `expiresAt` also has `ttl`, the
 * seconds that are left when it is sent, for devices without a clock; it is filled in at sending, by `toPayload`.
 */

/** Order states a device can be told. `requested` is inside the gateway only: no QR yet. */
export type ToldOrderState =
  | 'awaiting_payment'
  | 'paid'
  | 'underpaid'
  | 'expired'
  | 'late'
  | 'cancelled'
  | 'failed'
  | 'held'

export interface ToldError {
  readonly code: ErrorCode
  readonly message: string
}

export interface OrderMessage {
  readonly requestId?: string
  readonly orderId: string
  readonly state: ToldOrderState
  readonly amount: number
  readonly received: number
  readonly content: string
  readonly qrCode?: string
  readonly qrWarning?: string
  readonly expiresAt: number
  readonly error?: ToldError
}

export type PaymentMatch = 'exact' | 'under' | 'over' | 'late' | 'none'

export interface PaymentMessage {
  readonly paymentId: string
  readonly referenceNumber: string
  readonly orderId?: string
  readonly amount: number
  readonly expected?: number
  readonly match: PaymentMatch
  readonly paidAt: number
  readonly content: string
}

export interface AnnounceMessage {
  readonly kind: 'paid' | 'short' | 'late' | 'summary' | 'test' | 'link'
  readonly amount?: number
  readonly expected?: number
  readonly count?: number
  readonly text: string
  readonly language: 'vi' | 'en'
  readonly expiresAt: number
}

export interface CallMessage {
  readonly ticket: string
  readonly counter: string
  readonly callNumber: number
  readonly text: string
  readonly expiresAt: number
}

export interface VendMessage {
  readonly orderId: string
  readonly item?: string
  readonly amount: number
  readonly expiresAt: number
}

/** One row of a lookup as devices and the CLI read it. */
export interface LookupTransaction {
  readonly referenceNumber: string
  readonly orderId: string
  readonly amount: number
  readonly content: string
  readonly direction: 'in' | 'out'
  readonly status: 'pending' | 'paid' | 'closed' | 'other'
  readonly timeCreated: number | null
  readonly timePaid: number | null
}

export interface LookupMessage {
  readonly requestId: string
  readonly status: 'ok' | 'failed'
  readonly code?: string
  readonly transactions?: readonly LookupTransaction[]
}

export interface ErrorMessage {
  readonly requestId?: string
  readonly code: ErrorCode
  readonly message: string
}

/**
 * A message as it goes out: `id` first, then the body, then `ttl` computed from `now` (epoch milliseconds) where the body has
 * `expiresAt`. Compact JSON, as small boxes need it.
 */
export function toPayload(id: string, body: object, now: number): string {
  return storedPayload(id, JSON.stringify(body), now)
}

/** Only at the top of a body; one inside a text would have a backslash before its quotes. */
const EXPIRES_AT = /"expiresAt":(\d+)/

/** The same for a body that is JSON already, an object on one line, without reading it: this runs for every delivery. */
export function storedPayload(id: string, body: string, now: number): string {
  const expiresAt = EXPIRES_AT.exec(body)?.[1]
  const ttl = expiresAt === undefined ? '' : `,"ttl":${Math.max(0, Number(expiresAt) - Math.floor(now / 1000))}`
  return `{"id":${JSON.stringify(id)}${body === '{}' ? '' : ','}${body.slice(1, -1)}${ttl}}`
}
