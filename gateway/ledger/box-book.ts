import type { Vnd } from '../../protocol/money.ts'
import type { BoundNotification, HandleBoxReply } from '../../protocol/vietqr/box.ts'
import type { BoxKind } from '../../protocol/vietqr/box-kinds.ts'
import type { Actor } from './audit-trail.ts'
import type { Told } from './ledger.ts'
import type { Box, LastRequest } from './model.ts'

export interface NewBox {
  readonly mac: string
  readonly macAsSaid: string
  readonly deviceId: string
  readonly kind: BoxKind
  readonly name: string
  readonly createdAt: number
}

export interface CashReport {
  readonly deviceId: string
  readonly terminalCode: string
  /** 0: notes the box could not count. */
  readonly amount: Vnd
  /** What the box named it; the same name again is the same insertion. */
  readonly boxOrderId: string | null
  readonly reportedAt: number
}

/** What is needed to rewrite the host's answer, or to tell a payment, for a box. */
export interface BoxOrder {
  /** The host's answer as it came; null when it is no longer kept. */
  readonly answer: Uint8Array | null
  /** The reference of the newest payment; null while there is none. */
  readonly referenceNumber: string | null
}

/** N05 as the host says it; `amount` null: masked. */
export interface HostNews {
  readonly amount: Vnd | null
  readonly message: string
}

/** VietQR's own boxes and what they said. */
export interface BoxBook {
  /**
   * Registers a box, or finds it as it is. Registering it again only has it told anew to whom it is bound, for one that was reset.
   * @throws RegistryError TAKEN when the MAC or the id belongs to another kind or box
   */
  register(box: NewBox, by?: Actor): Promise<Box>
  /** `mac` is the key: its digits alone. */
  ofMac(mac: string): Promise<Box | null>
  ofBoxId(boxId: string): Promise<Box | null>
  of(deviceId: string): Promise<Box | null>
  all(): Promise<readonly Box[]>
  /** The host gave the box its id. Null: no such box. */
  noteReply(mac: string, reply: HandleBoxReply): Promise<Box | null>
  /** A merchant activated the box: its terminal and its device are made, or changed to another account. Null: no such box. */
  bind(boxId: string, bound: BoundNotification, now: number): Promise<Box | null>
  /**
   * The host has something spoken on a QR box. It carries no id, so a payment of this amount that came within seconds is taken for
   * the same one, once: that one is announced already. Null: no such box.
   */
  takeNews(boxId: string, news: HostNews, now: number): Promise<(Told & { readonly box: Box }) | null>
  noteToldBound(mac: string, now: number): Promise<void>
  /** Forgets a box that was never bound; a bound one goes with its device. False: there is none. */
  forget(deviceId: string, now: number, by?: Actor): Promise<boolean>
  noteHostCleared(mac: string, now: number): Promise<void>
  noteRequest(deviceId: string, request: LastRequest): Promise<void>
  lastRequest(deviceId: string): Promise<LastRequest | null>
  orderParts(orderId: string): Promise<BoxOrder>
  /** Whether it was new. */
  takeCash(report: CashReport): Promise<boolean>
}
