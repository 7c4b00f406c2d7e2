import { GatewayError } from '../../../../protocol/errors.ts'
import { newOrderId } from '../../../../protocol/ids.ts'
import { tellOrder } from '../../../devices/profiles/order-message.ts'
import type { Telling } from '../../../devices/profiles/profile.ts'
import { type NewOrder, type OpenedOrder, RegistryError } from '../../ledger.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { type OrderRow, toOrder } from '../rows.ts'
import { findOrder } from './order-rows.ts'
import { findDevice } from './registry.ts'
import { tellDevice } from './tell-devices.ts'

const byRequest = prepared<{ deviceId: string | null; requestId: string | null }, OrderRow>(
  'SELECT * FROM orders WHERE device_id = $deviceId AND request_id = $requestId',
)
const waiting = prepared<{ terminalCode: string }, { count: number }>(
  `SELECT count(*) AS count FROM orders INDEXED BY orders_still_payable
   WHERE state IN ('requested','awaiting_payment') AND state = 'requested' AND terminal_code = $terminalCode`,
)
const insert = prepared<{
  orderId: string
  requestId: string | null
  deviceId: string | null
  fingerprint: string
  terminalCode: string
  amount: number
  content: string
  ticket: string | null
  counter: string | null
  item: string | null
  createdAt: number
  expiresAt: number
}>(
  `INSERT INTO orders (order_id, request_id, device_id, fingerprint, terminal_code, bank_account, amount, content, ticket,
     counter, item, state, created_at, expires_at)
   SELECT $orderId, $requestId, $deviceId, $fingerprint, $terminalCode, bank_account, $amount, $content, $ticket,
     $counter, $item, 'requested', $createdAt, $expiresAt
   FROM terminals WHERE terminal_code = $terminalCode`,
)

/** The host makes one code at a time; more than this at once is a device gone mad. */
const MOST_WAITING = 50

/** Opens an order, or finds the one this request opened before: the same request never costs a customer twice. */
export function openOrder(db: Db, order: NewOrder, how: Telling): OpenedOrder {
  const known =
    order.requestId === null ? undefined : byRequest(db).get({ deviceId: order.deviceId, requestId: order.requestId })
  if (known !== undefined) {
    if (known.fingerprint !== order.fingerprint) return { outcome: 'conflict', order: toOrder(known), told: [] }
    return { outcome: 'existing', order: toOrder(known), told: tellAsker(db, toOrder(known).orderId, how) }
  }
  if (order.deviceId !== null && findDevice(db, order.deviceId)?.outOfService === true) {
    const remedy = 'send up/status with outOfService false when it can release goods again'
    throw new GatewayError('NOT_ALLOWED', `this machine said that it is out of service: ${remedy}`)
  }
  if ((waiting(db).get({ terminalCode: order.terminalCode })?.count ?? 0) >= MOST_WAITING) {
    throw new GatewayError('RATE_LIMITED', `${MOST_WAITING} orders of this terminal wait for a QR code already`)
  }
  const orderId = unusedOrderId(db)
  const { requestId, deviceId, fingerprint, terminalCode, amount, ticket, counter, item, createdAt, expiresAt } = order
  const asked = { requestId, deviceId, fingerprint, terminalCode, amount, ticket, counter, item, createdAt, expiresAt }
  insert(db).run({ ...asked, orderId, content: order.content ?? orderId })
  const opened = findOrder(db, orderId)
  if (opened === null)
    throw new RegistryError('UNKNOWN', `there is no terminal ${terminalCode}: add it with "terminals add"`)
  return { outcome: 'opened', order: opened, told: [] }
}

/** Tells the device that asked how its order stands now. */
export function tellAsker(db: Db, orderId: string, how: Telling): readonly string[] {
  const order = findOrder(db, orderId)
  const device = order?.deviceId ? findDevice(db, order.deviceId) : null
  return order === null || device === null ? [] : tellDevice(db, device, tellOrder(order, device, how), how)
}

function unusedOrderId(db: Db): string {
  for (;;) {
    const orderId = newOrderId()
    if (findOrder(db, orderId) === null) return orderId
  }
}
