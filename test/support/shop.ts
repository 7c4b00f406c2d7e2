import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LedgerRules, NewOrder, RawMessage } from '../../gateway/ledger/ledger.ts'
import type { Delivery, Order } from '../../gateway/ledger/model.ts'
import { SqliteLedger } from '../../gateway/ledger/sqlite/sqlite-ledger.ts'
import type { AcceptedQr } from '../../gateway/orders/qr-check.ts'
import type { DeviceKind } from '../../protocol/local/topics.ts'
import { vnd } from '../../protocol/money.ts'
import { type BalanceChange, readBalanceChange } from '../../protocol/vietqr/balance-change.ts'

export const TERMINAL = 'SHOP01'
export const ACCOUNT = '9990000001'
export const T0 = Date.UTC(2026, 0, 5, 2, 0, 0)

const RULES: LedgerRules = {
  confirm: 'never',
  lateGraceMs: 600_000,
  voice: { language: 'vi', region: 'north' },
}

/** A ledger in a directory of its own, with one terminal and one device of every kind. */
export interface Shop extends AsyncDisposable {
  readonly ledger: SqliteLedger
  readonly file: string
  /** Another process takes the ledger over, as after a crash: all that is left is what is on disk. */
  reopen(): Promise<void>
  /** Opens an order of a device (null: the command line) that already has its QR. */
  order(deviceId: string | null, amount: number, more?: Partial<NewOrder>): Promise<Order>
  /** What a device has been told or still has to be told of one kind, as parsed bodies with their state. */
  told(deviceId: string): Promise<readonly Told[]>
}

export interface Told {
  readonly delivery: Delivery
  readonly body: Record<string, unknown>
}

export const DEVICES: readonly (readonly [id: string, kind: DeviceKind])[] = [
  ['paybox-1', 'paybox'],
  ['sound-1', 'soundbox'],
  ['call-1', 'countercall'],
  ['vending-1', 'vending'],
  ['pos-1', 'pos'],
]

export async function openShop(rules: Partial<LedgerRules> = {}): Promise<Shop> {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-shop-'))
  const file = join(folder, 'gateway.db')
  const open = (): SqliteLedger => SqliteLedger.open(file, { ...RULES, ...rules })
  let ledger = open()
  await ledger.registry.addTerminal(sampleTerminal(TERMINAL, ACCOUNT))
  for (const [deviceId, kind] of DEVICES) {
    await ledger.registry.addDevice({
      deviceId,
      kind,
      name: deviceId,
      terminalCode: TERMINAL,
      counter: kind === 'countercall' ? '1' : null,
      secretSha256: new Uint8Array(32),
      createdAt: T0,
    })
  }
  return {
    get ledger() {
      return ledger
    },
    file,
    async reopen() {
      await ledger.close()
      ledger = open()
    },
    order: (deviceId, amount, more = {}) => payable(ledger, deviceId, amount, more),
    told: async deviceId => {
      const open = await ledger.deliveries.open(deviceId, 1000)
      return open.map(delivery => ({ delivery, body: JSON.parse(delivery.body) }))
    },
    async [Symbol.asyncDispose]() {
      await ledger.close()
      rmSync(folder, { recursive: true })
    },
  }
}

export function sampleTerminal(terminalCode: string, bankAccount: string) {
  return {
    terminalCode,
    bankCode: 'MB',
    bankAccount,
    holder: 'NGUYEN VAN THU',
    name: 'Quầy thử',
    serviceCode: null,
    createdAt: T0,
  }
}

let requests = 0

async function payable(
  ledger: SqliteLedger,
  deviceId: string | null,
  amount: number,
  more: Partial<NewOrder>,
): Promise<Order> {
  requests += 1
  const { order } = await ledger.orders.open({
    deviceId,
    requestId: deviceId === null ? null : `r-${requests}`,
    terminalCode: TERMINAL,
    amount: vnd(amount),
    content: 'CAPHE',
    ticket: null,
    counter: null,
    item: null,
    fingerprint: 'test',
    createdAt: T0,
    expiresAt: T0 + 300_000,
    ...more,
  })
  const answered = await ledger.orders.answer(order.orderId, SAMPLE_QR, SAMPLE_ANSWER)
  return answered.order ?? order
}

const SAMPLE_QR: AcceptedQr = {
  qrCode: 'sample-qr',
  warning: null,
  qrContent: 'VQR0123456789 CAPHE',
  answerContent: 'VQR0123456789 CAPHE',
  traceToken: null,
  userBankName: 'NGUYEN VAN THU',
}

/** The message the sample QR came in. */
export const SAMPLE_ANSWER: RawMessage = {
  topic: `vietqr/response/${TERMINAL}`,
  payload: Buffer.from('{}'),
  receivedAt: T0 + 100,
}

/** A balance change as the host would say it; `amount` in VND. */
export function notice(fields: Readonly<Record<string, unknown>>): BalanceChange {
  return readBalanceChange(rawNotice(fields).payload)
}

export function rawNotice(fields: Readonly<Record<string, unknown>>, receivedAt = T0 + 1000): RawMessage {
  const said = {
    bankAccount: ACCOUNT,
    amount: 25_000,
    timePaid: '05/01/2026 09:00:01',
    transType: 'C',
    referenceNumber: 'FT0000000001',
    content: 'CAPHE',
    status: 1,
    ...fields,
  }
  return { topic: `vietqr/bdsd/${TERMINAL}`, payload: Buffer.from(JSON.stringify(said)), receivedAt }
}

/** Takes a balance change as the gateway would. */
export function pay(shop: Shop, fields: Readonly<Record<string, unknown>>, receivedAt = T0 + 1000) {
  return shop.ledger.payments.takeBalanceChange(TERMINAL, notice(fields), rawNotice(fields, receivedAt))
}
