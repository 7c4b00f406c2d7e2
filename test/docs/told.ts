import type { DeviceBus } from '../../gateway/broker/device-bus.ts'
import { DeviceNotes } from '../../gateway/devices/device-notes.ts'
import { tellAll } from '../../gateway/devices/profiles/index.ts'
import { DOWN_PATHS, type ShopEvent } from '../../gateway/devices/profiles/profile.ts'
import type { Device, Order, Payment } from '../../gateway/ledger/model.ts'
import { transactionsOf } from '../../gateway/payments/inquiries.ts'
import { newMessageId } from '../../protocol/ids.ts'
import { toPayload } from '../../protocol/local/down.ts'
import { DEVICE_KINDS } from '../../protocol/local/topics.ts'
import { vnd } from '../../protocol/money.ts'
import { buildQr } from '../../protocol/vietqr/qr/payload.ts'
import { FakeLink } from '../support/fake-link.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { openShop } from '../support/shop.ts'

/**
 * What the gateway really sends in the situations docs/devices.md shows: one device of each kind, one order of the vending
 * machine, five past nine on 5 January 2026 in Viet Nam. Only the ids, random in life, are numbered here.
 */

export interface Sent {
  readonly path: string
  readonly payload: string
}

const NOW = Date.UTC(2026, 0, 5, 2, 5, 0)
const SECONDS = 1000
const ACCOUNT = '9990000001'
const CONTENT = 'VQR0123456789 Caphe'

const DEVICES: readonly Device[] = DEVICE_KINDS.map(kind => ({
  deviceId: `${kind}-1`,
  kind,
  name: `${kind}-1`,
  terminalCode: 'QUAY01',
  counter: null,
  enabled: true,
  createdAt: 0,
  lastSeenAt: null,
  firmware: null,
  model: null,
  battery: null,
  rssi: null,
  volume: null,
  settings: { volume: null, language: null, brightness: null },
  outOfService: false,
}))

const ORDER: Order = {
  orderId: '7K2M9QXW4T8ZC',
  requestId: 'sale-000123',
  deviceId: 'vending-1',
  terminalCode: 'QUAY01',
  bankAccount: ACCOUNT,
  amount: vnd(25_000),
  received: vnd(0),
  content: 'Caphe',
  answerContent: CONTENT,
  qrContent: CONTENT,
  ticket: 'A015',
  counter: '1',
  item: 'A1',
  state: 'awaiting_payment',
  fulfilment: 'none',
  qrCode: buildQr({
    dynamic: false,
    bin: '970422',
    account: ACCOUNT,
    service: 'QRIBFTTA',
    amount: vnd(25_000),
    content: CONTENT,
  }),
  qrWarning: null,
  traceToken: null,
  errorCode: null,
  errorMessage: null,
  createdAt: NOW,
  expiresAt: NOW + 300 * SECONDS,
  paidAt: null,
  confirmedAt: null,
  releasedAt: null,
  closedAt: null,
}
const PAID: Order = { ...ORDER, state: 'paid', received: ORDER.amount, paidAt: NOW, closedAt: NOW }

const PAYMENT: Payment = {
  paymentId: sampleId(0),
  referenceNumber: 'FT26005000000001',
  weak: false,
  bankAccount: ACCOUNT,
  terminalCode: 'QUAY01',
  amount: vnd(25_000),
  direction: 'in',
  settled: true,
  orderId: ORDER.orderId,
  match: 'exact',
  source: 'bdsd',
  confirmed: false,
  content: CONTENT,
  receivedAt: NOW,
  hostTimePaid: null,
}

/** What must stand in the page: every message of the contract in its usual form. */
export async function shownMessages(): Promise<readonly Sent[]> {
  const unanswered = { errorCode: 'HOST_SILENT', errorMessage: 'VietQR did not answer within 30 s' } as const
  const silent: Order = { ...ORDER, ...unanswered, state: 'failed', qrCode: null, qrContent: null, received: vnd(0) }
  const short: Order = { ...ORDER, state: 'underpaid', received: vnd(200) }
  const walkIn: Payment = { ...PAYMENT, orderId: null, match: 'none', content: 'chuyen tien' }
  const none = { order: null, payment: walkIn }
  return numbered([
    ...told({ kind: 'order', order: ORDER }, 'vending'),
    ...told({ kind: 'order', order: short }, 'vending'),
    ...told({ kind: 'order', order: silent }, 'vending'),
    ...(await refused()),
    ...told({ kind: 'payment', payment: PAYMENT, order: PAID, announcement: paid }, 'pos', 'soundbox'),
    ...told({ kind: 'payment', ...none, announcement: { kind: 'paid', amount: PAYMENT.amount } }, 'pos'),
    ...told(
      { kind: 'payment', ...none, announcement: { kind: 'short', amount: vnd(200), expected: paid.amount } },
      'soundbox',
    ),
    ...told({ kind: 'payment', ...none, announcement: { kind: 'late', amount: paid.amount } }, 'soundbox'),
    ...told({ kind: 'summary', announcement: { kind: 'summary', count: 3, amount: vnd(87_000) } }, 'soundbox'),
    ...told({ kind: 'call', order: PAID, counter: PAID.counter, callNumber: 1 }, 'countercall'),
    ...told({ kind: 'released', order: PAID }, 'vending'),
    ...(await notes()),
  ])
}

const paid = { kind: 'paid', amount: vnd(25_000), expected: vnd(25_000) } as const

/** Rarer forms, which only the tables of the page name. */
export function rarerMessages(): readonly Sent[] {
  return told({ kind: 'order', order: { ...ORDER, qrWarning: 'the checksum is wrong' } }, 'vending')
}

/** What the devices of these kinds are told about an event. */
function told(event: ShopEvent, ...kinds: readonly Device['kind'][]): Sent[] {
  const devices = DEVICES.filter(({ kind }) => kinds.includes(kind))
  const telling = { now: NOW, voice: { language: 'vi', region: 'north' }, newId: () => '' } as const
  return tellAll(event, devices, telling).map(({ id, kind, body }) => {
    return { path: DOWN_PATHS[kind], payload: toPayload(id, body, NOW) }
  })
}

/** A request that never became an order. */
async function refused(): Promise<Sent[]> {
  await using shop = await openShop()
  const refusal = { requestId: 'sale-000124', amount: 0, code: 'AMOUNT_INVALID', now: NOW } as const
  await shop.ledger.orders.refuse('vending-1', { ...refusal, message: 'amount: must be 1 to 9999999999 VND' })
  const deliveries = await shop.told('vending-1')
  return deliveries.map(({ body }) => ({ path: 'down/order', payload: toPayload('', body, NOW) }))
}

/** Answers, and what is true only now. */
async function notes(): Promise<Sent[]> {
  const sent: Sent[] = []
  const bus: DeviceBus = {
    start: async () => {},
    stop: async () => {},
    addresses: () => [],
    reaches: () => true,
    online: () => true,
    send: async (_, path, payload) => void sent.push({ path, payload }),
    disconnect: () => {},
  }
  const answering = new DeviceNotes(bus, new ManualClock(NOW), () => {})
  const row = {
    referenceNumber: PAYMENT.referenceNumber,
    orderId: ORDER.orderId,
    amount: PAYMENT.amount,
    content: CONTENT,
    direction: 'in',
    status: 'paid',
    timeCreated: NOW - 10 * SECONDS,
    timePaid: NOW,
    terminalCode: null,
    note: '',
    refundCount: 0,
    amountRefunded: null,
  } as const
  const raw = { topic: '', payload: new Uint8Array(), receivedAt: NOW }
  const transactions = transactionsOf({ rows: [row], code: null, raw })
  await answering.lookup('pos-1', { requestId: 'ask-7', status: 'ok', transactions })
  await answering.lookup('pos-1', { requestId: 'ask-8', status: 'failed', code: 'HOST_DOWN' })
  const message = 'the order is paid and cannot be cancelled'
  await answering.error('pos-1', { requestId: 'cancel-9', code: 'ORDER_CLOSED', message })
  const link = new FakeLink()
  link.up = false
  link.since = NOW - 20 * SECONDS
  await answering.link('pos-1', link)
  for (const device of DEVICES.filter(({ kind }) => kind === 'soundbox')) {
    await answering.config(device)
    await answering.config({ ...device, settings: { volume: 60, language: 'vi', brightness: 80 } })
    await answering.announceLink(device, false, { language: 'vi', region: 'north' })
  }
  return sent
}

/** The same messages with sample ids, one after the other. */
function numbered(messages: readonly Sent[]): readonly Sent[] {
  return messages.map(({ path, payload }, index) => {
    const body: object = JSON.parse(payload)
    return { path, payload: JSON.stringify('id' in body ? { ...body, id: sampleId(index + 1) } : body) }
  })
}

function sampleId(number: number): string {
  return newMessageId(NOW, bytes => new Uint8Array(bytes).fill(number))
}
