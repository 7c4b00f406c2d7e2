import { isoWithOffset } from '../../protocol/time.ts'
import type { Witness } from '../devices/presence.ts'
import type { AuditEntry, DeadLetter, Device, Order, Payment, Terminal } from '../ledger/model.ts'

/** Records as people and scripts read them: the contract's keys, times in ISO 8601 with offset, money in integer VND. */

export function time(ms: number | null): string | null {
  return ms === null ? null : isoWithOffset(ms)
}

export function orderView(order: Order) {
  const { orderId, terminalCode, amount, received, ticket, counter, item, state, fulfilment } = order
  const { requestId, deviceId } = order.former ?? order
  return {
    orderId,
    requestId,
    deviceId,
    terminalCode,
    amount,
    received,
    content: order.qrContent ?? order.content,
    ticket,
    counter,
    item,
    state,
    fulfilment,
    qrCode: order.qrCode,
    createdAt: time(order.createdAt),
    expiresAt: time(order.expiresAt),
    paidAt: time(order.paidAt),
    ...(order.qrWarning === null ? {} : { qrWarning: order.qrWarning }),
    ...(order.errorCode === null ? {} : { error: { code: order.errorCode, message: order.errorMessage } }),
  }
}
export type OrderView = ReturnType<typeof orderView>

export function paymentView(payment: Payment) {
  const { paymentId, referenceNumber, bankAccount, terminalCode, amount, direction, settled, orderId } = payment
  const { match, source, confirmed, content } = payment
  return {
    paymentId,
    referenceNumber,
    bankAccount,
    terminalCode,
    amount,
    direction,
    settled,
    orderId,
    match: match ?? 'none',
    source,
    confirmed,
    content,
    receivedAt: time(payment.receivedAt),
    hostTimePaid: time(payment.hostTimePaid),
  }
}
export type PaymentView = ReturnType<typeof paymentView>

export function deviceView(device: Device, witness: Witness | null) {
  const { deviceId, kind, name, terminalCode, counter, enabled, firmware, battery, rssi } = device
  const lastSeenAt = Math.max(device.lastSeenAt ?? 0, witness?.lastTraffic ?? 0)
  return {
    deviceId,
    kind,
    name,
    terminalCode,
    counter,
    enabled,
    online: witness?.online ?? false,
    lastSeenAt: time(lastSeenAt === 0 ? null : lastSeenAt),
    firmware,
    battery,
    rssi,
  }
}
export type DeviceView = ReturnType<typeof deviceView>

/** What `devices show` and the table of `devices list` say beyond the contract's keys; times and effects since the gateway started. */
export function deviceDetails({ model, volume, createdAt }: Device, witness: Witness | null) {
  const { since = null, lastEffect = null, trouble = null } = witness ?? {}
  return {
    model,
    volume,
    pairedAt: time(createdAt),
    since: time(since),
    lastEffect: lastEffect?.kind ?? null,
    lastEffectAt: time(lastEffect?.at ?? null),
    trouble,
  }
}
export type DeviceDetails = ReturnType<typeof deviceDetails>

export function terminalView(terminal: Terminal) {
  const { terminalCode, name, bankCode, bankAccount, holder, serviceCode, createdAt } = terminal
  return { terminalCode, name, bankCode, bankAccount, holder, serviceCode, createdAt: time(createdAt) }
}
export type TerminalView = ReturnType<typeof terminalView>

export function auditView({ seq, at, who, via, action, subject, details, hash }: AuditEntry) {
  return { seq, at: time(at), who, via, action, subject, details, hash }
}
export type AuditView = ReturnType<typeof auditView>

export function deadLetterView({ deadLetterId, reason, topic, source, receivedAt, text }: DeadLetter) {
  return { deadLetterId, reason, topic, source, receivedAt: time(receivedAt), text }
}
export type DeadLetterView = ReturnType<typeof deadLetterView>
