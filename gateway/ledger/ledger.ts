import type { DeadLetterReason, ErrorCode } from '../../protocol/errors.ts'
import type { Acknowledgement, DeviceStatus, KeyEvent, OrderRequest, VendResult } from '../../protocol/local/up.ts'
import type { BalanceChange } from '../../protocol/vietqr/balance-change.ts'
import type { LookupRow } from '../../protocol/vietqr/lookup.ts'
import type { Voice } from '../devices/profiles/profile.ts'
import type { KeyRefusal } from '../devices/tickets.ts'
import type { Decision } from '../orders/decision.ts'
import type { AcceptedQr } from '../orders/qr-check.ts'
import type { ConfirmPolicy } from '../payments/effects.ts'
import type { BoxBook } from './box-book.ts'
import type { AuditEntry, DeadLetter, Delivery, Device, DeviceSettings, Order, Payment, Terminal } from './model.ts'
import type { PairingBook } from './pairing-book.ts'

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

/** Who changes something, as the audit trail tells it. */
export interface Actor {
  /** The user of the operating system, or what of the program. */
  readonly who: string
  /** `gateway`: carried out by the running gateway; `cli`: by the command itself, while none ran. */
  readonly via: 'cli' | 'gateway'
}

/** For what the program does of its own accord. */
export const ITSELF: Actor = { who: 'vietqr-gateway', via: 'gateway' }

/**
 * What was changed, when and by whom. Entries are written by the operations that change something, in the same transaction; none
 * is ever changed or removed, whatever the retention.
 */
export interface AuditTrail {
  /** For what changes no row but must be seen: `details` holds no secret. */
  note(action: string, subject: string, details: AuditDetails, now: number, by: Actor): Promise<void>
  list(listing: Listing): Promise<readonly AuditEntry[]>
  /** The same in pieces: also a list of everything holds nothing up. */
  pages(listing: Listing): AsyncIterable<readonly AuditEntry[]>
  /** Recomputes every link of the chain. */
  verify(): Promise<AuditReport>
}

export type AuditDetails = Readonly<Record<string, string | number | boolean | null>>

export interface AuditReport {
  /** Entries that hold. */
  readonly entries: number
  /** Hash of the last of them, hex; what was written down elsewhere can be compared with it. Null where there is none. */
  readonly head: string | null
  /** The first entry that does not hold; null when all do. */
  readonly broken: { readonly seq: number; readonly reason: string } | null
}

/** Every change takes who made it, for the audit trail. */
export interface Registry {
  /** @throws RegistryError when the code is taken */
  addTerminal(terminal: Omit<Terminal, 'hostHolder'>, by?: Actor): Promise<void>
  terminal(terminalCode: string): Promise<Terminal | null>
  terminals(): Promise<readonly Terminal[]>
  /** @throws RegistryError while devices or open orders still need it */
  removeTerminal(terminalCode: string, now: number, by?: Actor): Promise<boolean>
  /** @throws RegistryError when the id is taken or the terminal does not exist */
  addDevice(device: NewDevice, by?: Actor): Promise<void>
  device(deviceId: string): Promise<Device | null>
  devices(): Promise<readonly Device[]>
  /** Null: no such device. @throws RegistryError when there is no such terminal */
  changeDevice(deviceId: string, change: DeviceChange, now: number, by?: Actor): Promise<ChangedDevice | null>
  /** New credentials instead of the old ones; false: no such device. */
  rotateDevice(deviceId: string, credentials: StoredCredentials, now: number, by?: Actor): Promise<boolean>
  /** Null: no such device. One that gets its id later inherits nothing of it. */
  removeDevice(deviceId: string, now: number, by?: Actor): Promise<ChangedDevice | null>
  /**
   * Makes the registry as declared, all of it or nothing; what is not declared stays as it is. `dryRun` only tells.
   * @throws RegistryError that names the entry
   */
  apply(fleet: Fleet, now: number, dryRun: boolean, by?: Actor): Promise<FleetChanges>
  /** SHA-256 of the password of an enabled device; null for all others. */
  secretOf(deviceId: string): Promise<Uint8Array | null>
  /** The enabled devices, by their ids, as another broker has to know them. */
  logins(): Promise<readonly DeviceLogin[]>
  /**
   * `listener` is called after each stored change of who may log in, until the function returned here is called. The change resolves
   * after it, so that a device that was paired is let in; a listener never rejects.
   */
  onLoginsChanged(listener: () => Promise<void>): () => void
  /** Settings that are not named stay. Null: no such device. */
  setDevice(deviceId: string, settings: Partial<DeviceSettings>, now: number, by?: Actor): Promise<Device | null>
  noteStatus(deviceId: string, status: DeviceStatus | null, now: number): Promise<void>
}

/** What is kept of a device's secret. */
export type StoredCredentials = Pick<NewDevice, 'secretSha256' | 'mosquittoHash'>

export interface NewDevice {
  readonly deviceId: string
  readonly kind: Device['kind']
  readonly name: string
  readonly terminalCode: string
  readonly counter: string | null
  readonly secretSha256: Uint8Array
  /** The secret as Mosquitto stores it, `$7$…`. Absent, an external broker cannot let the device in. */
  readonly mosquittoHash?: string
  readonly createdAt: number
}

export interface DeviceLogin {
  readonly deviceId: string
  /** null: paired before these were kept. */
  readonly mosquittoHash: string | null
}

export interface Told {
  readonly told: readonly string[]
}

/** Each by the name of its command. */
export type DeviceChange =
  | { readonly action: 'rename'; readonly name: string }
  /** Without `counter` it keeps the one it has. */
  | { readonly action: 'move'; readonly terminalCode: string; readonly counter?: string | undefined }
  | { readonly action: 'disable' }
  | { readonly action: 'enable' }

/** What ended with a device that left its place: deliveries without their effect, orders nobody can fulfil any more. */
export interface LeftBehind extends Told {
  readonly ended: readonly Delivery[]
  readonly orders: readonly Order[]
}

/** Terminals and devices as a file declares them. Absent: as it is; for something new, as its command would have it. */
export interface Fleet {
  readonly terminals: readonly DeclaredTerminal[]
  readonly devices: readonly DeclaredDevice[]
}

export type DeclaredTerminal =
  | { readonly terminalCode: string; readonly removed: true }
  | {
      readonly terminalCode: string
      readonly removed: false
      readonly bankCode: string
      readonly bankAccount: string
      readonly holder: string
      readonly name?: string | undefined
      readonly serviceCode?: string | undefined
    }

export type DeclaredDevice =
  | { readonly deviceId: string; readonly removed: true }
  | {
      readonly deviceId: string
      readonly removed: false
      readonly kind: Device['kind']
      readonly terminalCode: string
      readonly name?: string | undefined
      readonly counter?: string | undefined
      readonly enabled?: boolean | undefined
      /** For a device that is new. */
      readonly credentials: StoredCredentials
    }

export interface FleetChange {
  readonly change: 'add' | 'change' | 'remove'
  readonly what: 'terminal' | 'device'
  readonly id: string
  /** What is or would be different, by the file's keys; of something new or removed nothing is said. */
  readonly fields: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>
}

export interface FleetChanges {
  readonly changes: readonly FleetChange[]
  /** Declared, and so already. */
  readonly unchanged: number
  /** Devices that left their place, as `changeDevice` and `removeDevice` tell it. */
  readonly left: readonly ChangedDevice[]
}

export interface ChangedDevice extends LeftBehind {
  /** As it is now; a removed one as it was. */
  readonly device: Device
  /** False: it was so already. */
  readonly changed: boolean
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
  /** What a device still has to be told, oldest first; with `after`, only what came after the delivery of that `seq`. */
  open(deviceId: string, limit: number, after?: number): Promise<readonly Delivery[]>
  /** Ends what is too old to be said; a soundbox is told one summary of it. Called when a device returns. */
  freshen(deviceId: string, now: number): Promise<void>
  /** False: it has ended meanwhile and must not be sent. */
  noteSent(delivery: Pick<Delivery, 'seq'>, now: number): Promise<boolean>
  /** A device's answer; returns the delivery as it stands after it, or null if there is none of that id for this device. */
  noteAcknowledgement(deviceId: string, ack: Acknowledgement, now: number): Promise<Delivery | null>
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
