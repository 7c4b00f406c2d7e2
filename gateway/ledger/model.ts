import type { DeadLetterReason, ErrorCode } from '../../protocol/errors.ts'
import type { PaymentMatch, ToldOrderState } from '../../protocol/local/down.ts'
import type { DeviceKind } from '../../protocol/local/topics.ts'
import type { Vnd } from '../../protocol/money.ts'
import type { BoundNotification } from '../../protocol/vietqr/box.ts'
import type { BoxKind } from '../../protocol/vietqr/box-kinds.ts'

/** What the ledger holds, as plain values. Times are epoch milliseconds, money is integer VND, absent is null. */

/** A VietQR point of sale with its bank account. */
export interface Terminal {
  readonly terminalCode: string
  readonly bankCode: string
  readonly bankAccount: string
  /** The account holder's name as VietQR stores it: the lookup checksum depends on every letter of it. */
  readonly holder: string
  /** The holder's name as the host's last QR answer spelt it; tried when the configured one is refused. */
  readonly hostHolder: string | null
  readonly name: string
  readonly serviceCode: string | null
  readonly createdAt: number
}

/** Every kind of device there is: those made for the gateway, and VietQR's own boxes. */
export type AnyKind = DeviceKind | BoxKind

export interface Device {
  readonly deviceId: string
  readonly kind: AnyKind
  readonly name: string
  readonly terminalCode: string
  readonly counter: string | null
  readonly enabled: boolean
  readonly createdAt: number
  readonly lastSeenAt: number | null
  readonly firmware: string | null
  readonly model: string | null
  readonly battery: number | null
  readonly rssi: number | null
  /** What the device says of its own loudness. */
  readonly volume: number | null
  readonly settings: DeviceSettings
  /** A machine said that it can release nothing now. */
  readonly outOfService: boolean
}

/** What a person set for one device; null where the shop's own or the device's own holds. Percent. */
export interface DeviceSettings {
  readonly volume: number | null
  readonly language: 'vi' | 'en' | null
  readonly brightness: number | null
}

/** `requested`: the host was or will be asked for a QR, nobody can pay yet. The others are what devices are told. */
export type OrderState = 'requested' | ToldOrderState

/**
 * What became of the goods or the call that an order releases. `none`: nothing to release (yet). `pending`: paid, waiting for
 * confirmation or for the machine. `released`: the machine was told. `held`: a person decides. `refund`: listed to be given back.
 */
export type Fulfilment = 'none' | 'pending' | 'released' | 'done' | 'partial' | 'failed' | 'unknown' | 'held' | 'refund'

export interface Order {
  readonly orderId: string
  readonly requestId: string | null
  /** The device that asked, or null for an order of the command line. */
  readonly deviceId: string | null
  readonly terminalCode: string
  readonly bankAccount: string
  readonly amount: Vnd
  /** Settled money received for it so far. */
  readonly received: Vnd
  /** The text sent to the host, folded. */
  readonly content: string
  /** The content of the host's answer, unchanged: a simulated payment must quote it. */
  readonly answerContent: string | null
  /** The text in the QR. */
  readonly qrContent: string | null
  readonly ticket: string | null
  readonly counter: string | null
  readonly item: string | null
  readonly state: OrderState
  readonly fulfilment: Fulfilment
  readonly qrCode: string | null
  readonly qrWarning: string | null
  /** The host's `VQR…` token, found in payment contents of accounts that do not echo the order id. */
  readonly traceToken: string | null
  readonly errorCode: ErrorCode | null
  readonly errorMessage: string | null
  readonly createdAt: number
  readonly expiresAt: number
  readonly paidAt: number | null
  /** When the paid order was found in a lookup, so that what waits for confirmation may go. */
  readonly confirmedAt: number | null
  /** When its goods or its call were let go; never twice. */
  readonly releasedAt: number | null
  /** When it left the states in which it can be paid in time. */
  readonly closedAt: number | null
  /** Which device asked for it, and how, where that device was removed since: it is no device's order any more. */
  readonly former?: { readonly deviceId: string; readonly requestId: string | null; readonly kind: AnyKind }
}

export type PaymentSource = 'bdsd' | 'lookup' | 'callback'

export interface Payment {
  readonly paymentId: string
  readonly referenceNumber: string
  /** True when the host gave no reference and the identity is a hash of what it said. */
  readonly weak: boolean
  readonly bankAccount: string
  readonly terminalCode: string
  readonly amount: Vnd
  readonly direction: 'in' | 'out'
  readonly settled: boolean
  readonly orderId: string | null
  /** Null until it has had its effects (an unsettled notice, a debit, or one that waits for confirmation). */
  readonly match: PaymentMatch | null
  readonly source: PaymentSource
  readonly confirmed: boolean
  readonly content: string
  readonly receivedAt: number
  readonly hostTimePaid: number | null
}

export type DeliveryState = 'pending' | 'sent' | 'received' | 'done' | 'failed' | 'expired' | 'unknown'

/** What a delivery says, which decides how long and how often it is tried. */
export const DELIVERY_KINDS = ['order', 'payment', 'announce', 'call', 'vend'] as const
export type DeliveryKind = (typeof DELIVERY_KINDS)[number]

/** One message to one device that must have its effect once. */
export interface Delivery {
  /** Grows with every delivery: the order in which a device is told. */
  readonly seq: number
  /** The contract's `id`: names the effect, the same in every retry. */
  readonly id: string
  readonly deviceId: string
  readonly kind: DeliveryKind
  readonly orderId: string | null
  readonly paymentId: string | null
  /** The message without `id` and `ttl`, as JSON. */
  readonly body: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly createdAt: number
  /** After this it is not sent any more; null = never expires. */
  readonly expiresAt: number | null
  /** When the host's message came in that it goes back to; null where there was none. */
  readonly heardAt: number | null
  readonly sentAt: number | null
  readonly receivedAt: number | null
  readonly endedAt: number | null
  readonly error: string | null
}

/** A delivery before the ledger gives it its place. */
export interface NewDelivery {
  readonly id: string
  readonly deviceId: string
  readonly kind: DeliveryKind
  readonly orderId: string | null
  readonly paymentId: string | null
  readonly body: object
  readonly expiresAt: number | null
}

/** Something received that could not be used. */
export interface DeadLetter {
  readonly deadLetterId: number
  readonly reason: DeadLetterReason
  readonly topic: string
  readonly source: 'host' | 'device'
  readonly receivedAt: number
  /** What is wrong with it, in words. */
  readonly text: string
  readonly payload: Uint8Array
}

/** One line of the audit trail. */
export interface AuditEntry {
  /** 1, 2, 3 … without a gap. */
  readonly seq: number
  readonly at: number
  readonly who: string
  readonly via: 'cli' | 'gateway'
  /** The command that does the same, such as `devices pair`. */
  readonly action: string
  readonly subject: string
  readonly details: Readonly<Record<string, unknown>>
  /** Hex. */
  readonly hash: string
}

/**
 * One of VietQR's own boxes. It is `registered` with a row and nothing more, `known` once the host gave it its id, and `bound`
 * once a merchant has activated it; only then is it a device, with a terminal.
 */
export interface Box {
  /** The digits of its MAC alone, which tell boxes apart. */
  readonly mac: string
  readonly macAsSaid: string
  readonly deviceId: string
  readonly kind: BoxKind
  readonly name: string
  /** Both are secrets: they hold the box key. */
  readonly boxId: string | null
  readonly qrCertificate: string | null
  /** The box code; null until the host has named it. */
  readonly terminalCode: string | null
  readonly bound: BoundNotification | null
  /** When the box itself took in to whom it is bound now; null when it still has to be told. */
  readonly toldBoundAt: number | null
  /** When what was retained at the host for its terminal was taken away. */
  readonly hostClearedAt: number | null
  readonly createdAt: number
}

/** The newest request of a vending box: the only one whose QR it may still be shown. */
export interface LastRequest {
  /** Ours. */
  readonly orderId: string
  /** The box's. */
  readonly boxOrderId: string
  readonly additionalData1: string | null
}
