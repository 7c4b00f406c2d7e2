import type { ErrorCode } from '../../../protocol/errors.ts'
import type { PaymentMatch } from '../../../protocol/local/down.ts'
import { vnd } from '../../../protocol/money.ts'
import type { Delivery, Device, Order, Payment, Terminal } from '../model.ts'

/** Rows as the tables hold them, and the values the rest of the gateway reads. The schema's CHECKs keep the text columns to their words. */

export interface TerminalRow {
  terminal_code: string
  bank_code: string
  bank_account: string
  holder: string
  host_holder: string | null
  name: string
  service_code: string | null
  created_at: number
}

export function toTerminal(row: TerminalRow): Terminal {
  return {
    terminalCode: row.terminal_code,
    bankCode: row.bank_code,
    bankAccount: row.bank_account,
    holder: row.holder,
    hostHolder: row.host_holder,
    name: row.name,
    serviceCode: row.service_code,
    createdAt: row.created_at,
  }
}

export interface DeviceRow {
  device_id: string
  kind: Device['kind']
  name: string
  terminal_code: string
  counter: string | null
  secret_sha256: Uint8Array
  enabled: number
  created_at: number
  last_seen_at: number | null
  firmware: string | null
  model: string | null
  battery: number | null
  rssi: number | null
  volume: number | null
  set_volume: number | null
  set_language: 'vi' | 'en' | null
  set_brightness: number | null
  out_of_service: number
}

export function toDevice(row: DeviceRow): Device {
  return {
    deviceId: row.device_id,
    kind: row.kind,
    name: row.name,
    terminalCode: row.terminal_code,
    counter: row.counter,
    enabled: row.enabled === 1,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    firmware: row.firmware,
    model: row.model,
    battery: row.battery,
    rssi: row.rssi,
    volume: row.volume,
    settings: { volume: row.set_volume, language: row.set_language, brightness: row.set_brightness },
    outOfService: row.out_of_service === 1,
  }
}

export interface OrderRow {
  order_id: string
  request_id: string | null
  device_id: string | null
  fingerprint: string
  terminal_code: string
  bank_account: string
  amount: number
  received: number
  content: string
  answer_content: string | null
  qr_content: string | null
  ticket: string | null
  counter: string | null
  item: string | null
  state: Order['state']
  fulfilment: Order['fulfilment']
  qr_code: string | null
  qr_warning: string | null
  trace_token: string | null
  error_code: ErrorCode | null
  error_message: string | null
  created_at: number
  expires_at: number
  paid_at: number | null
  confirmed_at: number | null
  released_at: number | null
  closed_at: number | null
  former_device_id: string | null
  former_request_id: string | null
  former_kind: Device['kind'] | null
}

export function toOrder(row: OrderRow): Order {
  return {
    orderId: row.order_id,
    requestId: row.request_id,
    deviceId: row.device_id,
    terminalCode: row.terminal_code,
    bankAccount: row.bank_account,
    amount: vnd(row.amount),
    received: vnd(row.received),
    content: row.content,
    answerContent: row.answer_content,
    qrContent: row.qr_content,
    ticket: row.ticket,
    counter: row.counter,
    item: row.item,
    state: row.state,
    fulfilment: row.fulfilment,
    qrCode: row.qr_code,
    qrWarning: row.qr_warning,
    traceToken: row.trace_token,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    paidAt: row.paid_at,
    confirmedAt: row.confirmed_at,
    releasedAt: row.released_at,
    closedAt: row.closed_at,
    ...formerOf(row),
  }
}

function formerOf(row: OrderRow): Pick<Order, 'former'> {
  const { former_device_id: deviceId, former_request_id: requestId, former_kind: kind } = row
  return deviceId === null || kind === null ? {} : { former: { deviceId, requestId, kind } }
}

/** The columns of a PaymentRow; what the host said of it, which nothing but a person needs, is not read with them. */
export const PAYMENT = `payment_id, bank_account, reference_number, weak, terminal_code, amount, direction, settled, order_id, match,
  source, confirmed, content, received_at, host_time_paid`

export interface PaymentRow {
  payment_id: string
  bank_account: string
  reference_number: string
  weak: number
  terminal_code: string
  amount: number
  direction: Payment['direction']
  settled: number
  order_id: string | null
  match: PaymentMatch | null
  source: Payment['source']
  confirmed: number
  content: string
  received_at: number
  host_time_paid: number | null
}

export function toPayment(row: PaymentRow): Payment {
  return {
    paymentId: row.payment_id,
    referenceNumber: row.reference_number,
    weak: row.weak === 1,
    bankAccount: row.bank_account,
    terminalCode: row.terminal_code,
    amount: vnd(row.amount),
    direction: row.direction,
    settled: row.settled === 1,
    orderId: row.order_id,
    match: row.match,
    source: row.source,
    confirmed: row.confirmed === 1,
    content: row.content,
    receivedAt: row.received_at,
    hostTimePaid: row.host_time_paid,
  }
}

export interface DeliveryRow {
  seq: number
  id: string
  device_id: string
  kind: Delivery['kind']
  order_id: string | null
  payment_id: string | null
  body: string
  state: Delivery['state']
  attempts: number
  created_at: number
  expires_at: number | null
  heard_at: number | null
  sent_at: number | null
  received_at: number | null
  ended_at: number | null
  error: string | null
}

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    seq: row.seq,
    id: row.id,
    deviceId: row.device_id,
    kind: row.kind,
    orderId: row.order_id,
    paymentId: row.payment_id,
    body: row.body,
    state: row.state,
    attempts: row.attempts,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    heardAt: row.heard_at,
    sentAt: row.sent_at,
    receivedAt: row.received_at,
    endedAt: row.ended_at,
    error: row.error,
  }
}
