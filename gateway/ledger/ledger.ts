import type { DeadLetterReason, ErrorCode } from '../../protocol/errors.ts'
import type { Acknowledgement, KeyEvent, OrderRequest, VendResult } from '../../protocol/local/up.ts'
import type { BalanceChange } from '../../protocol/vietqr/balance-change.ts'
import type { LookupRow } from '../../protocol/vietqr/lookup.ts'
import type { Voice } from '../devices/profiles/profile.ts'
import type { KeyRefusal } from '../devices/tickets.ts'
import type { Decision } from '../orders/decision.ts'
import type { AcceptedQr } from '../orders/qr-check.ts'
import type { ConfirmPolicy } from '../payments/effects.ts'
import type { Actor, AuditTrail } from './audit-trail.ts'
import type { BoxBook } from './box-book.ts'
import type { DeadLetter, Delivery, DeliveryKind, Device, Order, Payment } from './model.ts'
import type { PairingBook } from './pairing-book.ts'
import type { Registry } from './registry-book.ts'

/**
 * The port to the ledger: everything that matters is here before it is a message. Every method is one transaction that is on
 * disk when its promise resolves; all that arrive in one turn of the event loop share one commit. A method whose commit
 * fails rejects with LedgerUnavailableError and has changed nothing.
 *
 * Methods that may have given devices something to hear return their ids in `told`, so that their lanes wake up.
 */
export interface Ledger {
  readonly registry: Registry
  readonly orders: OrderBook
  readonly payments: PaymentBook
  readonly deliveries: DeliveryBook
  readonly calls: CallBook
  readonly boxes: BoxBook
  readonly deadLetters: DeadLetterBook
  readonly audit: AuditTrail
  readonly pairing: PairingBook
  /** In words, why nothing can be written at the moment; null while all is well. */
  readonly trouble: string | null
  /**
   * Writes everything into one new file while the ledger is in use, and reads it back.
   * @throws BackupError; also when there is something of that name
   */
  backup(file: string): Promise<BackupReport>
  close(): Promise<void>
}

export interface BackupReport {
  readonly file: string
  readonly bytes: number
  readonly payments: number
  readonly orders: number
}

/** There is no backup; the sentence says why. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
  readonly code = 'BACKUP_FAILED'
}

export interface Told {
  readonly told: readonly string[]
}

export interface NewOrder extends Omit<OrderRequest, 'requestId' | 'content' | 'ttlSeconds'> {
  readonly requestId: string | null
  readonly deviceId: string | null
  readonly terminalCode: string
  /** Folded; null to use the order id. */
  readonly content: string | null
  /** What the asker sent, in one canonical text: the same request id with another body is a conflict. */
  readonly fingerprint: string
  readonly createdAt: number
  readonly expiresAt: number
}

export type OpenedOrder = Told & { readonly outcome: 'opened' | 'existing' | 'conflict'; readonly order: Order }

/** Null: no such order, or none of this device. `changed` false: it was closed already and stays as it is. */
export type CancelledOrder = (Told & { readonly changed: boolean; readonly order: Order }) | null

/** Null: no such order. `refusal`: why this cannot be decided, and then nothing changed. */
export type DecidedOrder = (Told & { readonly refusal: string | null; readonly order: Order }) | null

/** Newest first, at most this many; -1 is all. */
export interface Listing {
  readonly limit: number
}

export interface OrderBook {
  open(order: NewOrder): Promise<OpenedOrder>
  /** The device that asked is told no, without an order. */
  refuse(deviceId: string, refusal: Refusal): Promise<Told>
  /** Tells the asking device once more how its order stands. */
  tellAgain(orderId: string, now: number): Promise<Told>
  /** The QR has come; has no effect on an order that no longer waits for it. */
  answer(orderId: string, qr: AcceptedQr, raw: RawMessage): Promise<Told & { readonly order: Order | null }>
  fail(orderId: string, code: ErrorCode, message: string, now: number): Promise<Told & { readonly order: Order | null }>
  cancel(orderId: string, byDevice: string | null, now: number): Promise<CancelledOrder>
  /** Closes every order whose time is over; `nextAt` is when the next one's will be. */
  expire(now: number): Promise<Told & { readonly expired: readonly Order[]; readonly nextAt: number | null }>
  /** A paid order that nothing confirmed in time: a person decides. */
  hold(orderId: string, now: number): Promise<Told & { readonly order: Order | null }>
  /** What a person decided about an order that stopped. */
  decide(orderId: string, decision: Decision, reason: string, now: number, by?: Actor): Promise<DecidedOrder>
  /** Orders created since then that somebody may have paid without the gateway knowing. */
  unpaidSince(createdSince: number): Promise<readonly Order[]>
  noteResult(deviceId: string, result: VendResult): Promise<Order | null>
  get(orderId: string): Promise<Order | null>
  list(listing: Listing): Promise<readonly Order[]>
  /** The same in pieces: also a list of everything holds nothing up. */
  pages(listing: Listing): AsyncIterable<readonly Order[]>
  /** Orders that wait for a person's decision, newest first. */
  forPeople(listing: Listing, now: number): Promise<readonly Order[]>
  /** Orders of a device that nobody has paid anything for and that can still be paid. */
  openOf(deviceId: string): Promise<readonly Order[]>
  /** Orders that wait for a QR on a terminal, oldest first. */
  waitingForQr(terminalCode: string | null): Promise<readonly Order[]>
  /** Orders that somebody may have paid, unless they were closed before `closedAfter`. */
  payable(closedAfter: number): Promise<readonly Order[]>
  /** Paid orders that wait for a lookup to agree before anything is released. */
  unconfirmed(): Promise<readonly Order[]>
}

export interface Refusal {
  readonly requestId: string | null
  readonly amount: number
  readonly code: ErrorCode
  readonly message: string
  readonly now: number
}

/** One message from outside, as it came. */
export interface RawMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly receivedAt: number
}

export type TakenPayment = Told & {
  /**
   * `new`: first seen and had its effects. `recorded`: kept, announced to nobody (debit, not settled, waiting for confirmation).
   * `settled`: a notice known as unsettled has had its effects now. `confirmed`: known, now confirmed by a lookup.
   * `duplicate`: known, nothing changed. `rejected`: a dead letter.
   */
  readonly outcome: 'new' | 'recorded' | 'settled' | 'confirmed' | 'duplicate' | 'rejected'
  readonly reason: DeadLetterReason | null
  /** Why it was rejected, in words. */
  readonly text: string
  readonly payment: Payment | null
  readonly order: Order | null
  /** The state the order came into with this payment, or null when it did not change. */
  readonly entered: Order['state'] | null
}

/** What one terminal received on one day, `YYYY-MM-DD` in Vietnam; unsettled money and debits do not count. */
export interface DayTotal {
  readonly day: string
  readonly terminalCode: string
  readonly payments: number
  readonly amount: number
}

export interface PaymentBook {
  /** A balance change as the host said it on the topic of a terminal. */
  takeBalanceChange(terminalCode: string, notice: BalanceChange, raw: RawMessage): Promise<TakenPayment>
  /** One paid row of a lookup on a terminal's account. Only rows of orders known here become payments. */
  takeLookupRow(terminalCode: string, row: LookupRow, raw: RawMessage): Promise<TakenPayment>
  /** Money received in time or late, by terminal and day of the shop (UTC+7), since then. */
  dayTotals(receivedSince: number): Promise<readonly DayTotal[]>
  find(reference: string): Promise<readonly Payment[]>
  /** All the money that came for an order, oldest first. */
  ofOrder(orderId: string): Promise<readonly Payment[]>
  list(listing: Listing): Promise<readonly Payment[]>
  /** The same in pieces: also a list of everything holds nothing up. */
  pages(listing: Listing): AsyncIterable<readonly Payment[]>
  /** Payments that wait for a lookup before anybody is told (`payments.confirm: always`). */
  unconfirmed(): Promise<readonly Payment[]>
}

export interface DeliveryBook {
  /**
   * What a device still has to be told, oldest first; with `after`, only what came after the delivery of that `seq`; without what is
   * of the kinds `leftOut`, has never been sent, and never expires.
   */
  open(
    deviceId: string,
    limit: number,
    after?: number,
    leftOut?: ReadonlySet<DeliveryKind>,
  ): Promise<readonly Delivery[]>
  /** The number (`seq`) of the newest delivery to anybody, 0 when there is none. */
  newest(): Promise<number>
  /** Ends what is too old to be said; a soundbox is told one summary of it. Called when a device returns. */
  freshen(deviceId: string, now: number): Promise<void>
  /** False: it has ended meanwhile and must not be sent. */
  noteSent(delivery: Pick<Delivery, 'seq'>, now: number): Promise<boolean>
  /**
   * A device's answer; returns the delivery as it stands after it, or null if there is none of that id for this device. `known`: the
   * delivery of that id for this device, by whoever has it at hand, so that it need not be looked for.
   */
  noteAcknowledgement(
    deviceId: string,
    ack: Acknowledgement,
    now: number,
    known?: Delivery | null,
  ): Promise<Delivery | null>
  end(id: string, state: 'failed' | 'expired' | 'unknown', error: string, now: number): Promise<void>
  /** For a paybox that returns: the state of its terminal's newest order. */
  tellPresentState(deviceId: string, now: number): Promise<void>
  /** A test for the device to pass; its id, or null where its kind has none that is a delivery. */
  tellTest(deviceId: string, now: number): Promise<string | null>
  /** What devices were told about an order, oldest first. */
  ofOrder(orderId: string): Promise<readonly Delivery[]>
  /** What devices were told about a payment that has no order, oldest first. */
  ofPayment(payment: Pick<Payment, 'paymentId' | 'receivedAt'>): Promise<readonly Delivery[]>
  /** Devices that have anything open. */
  waiting(): Promise<readonly string[]>
  countPending(): Promise<number>
}

/** Null `refusal`: it was carried out, now or when it was said first. */
export type PressedKey = Told & { readonly refusal: KeyRefusal | null }

export interface CallBook {
  /** A key of a counter call, carried out once however often it is said. */
  press(device: Device, event: KeyEvent, now: number): Promise<PressedKey>
}

export interface DeadLetterBook {
  add(reason: DeadLetterReason, text: string, source: 'host' | 'device', raw: RawMessage): Promise<void>
  list(listing: Listing): Promise<readonly DeadLetter[]>
  /** The same in pieces: also a list of everything holds nothing up. */
  pages(listing: Listing): AsyncIterable<readonly DeadLetter[]>
}

/** Rules the ledger applies inside its transactions, from the configuration. */
export interface LedgerRules {
  readonly confirm: ConfirmPolicy
  readonly lateGraceMs: number
  readonly voice: Voice
}

/** Nothing was stored: the disk is full, read-only or failing. */
export class LedgerUnavailableError extends Error {
  override readonly name = 'LedgerUnavailableError'
  readonly code = 'LEDGER_UNAVAILABLE'
}

/** The registry refuses: the sentence says what stands against it. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly code: 'TAKEN' | 'UNKNOWN' | 'IN_USE'
  constructor(code: 'TAKEN' | 'UNKNOWN' | 'IN_USE', message: string) {
    super(message)
    this.code = code
  }
}
