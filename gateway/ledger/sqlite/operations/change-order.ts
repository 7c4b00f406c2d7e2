import type { ErrorCode } from '../../../../protocol/errors.ts'
import type { OrderMessage } from '../../../../protocol/local/down.ts'
import { toldError } from '../../../devices/profiles/order-message.ts'
import { delivery, seconds, type Telling } from '../../../devices/profiles/profile.ts'
import type { AcceptedQr } from '../../../orders/qr-check.ts'
import type { CancelledOrder, RawMessage, Refusal, Told } from '../../ledger.ts'
import type { Order } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { type OrderRow, toOrder } from '../rows.ts'
import { findOrder, saveOrder } from './order-rows.ts'
import { findDevice } from './registry.ts'
import { tellDevice, tellDevices } from './tell-devices.ts'

/** How long a refusal is worth hearing. */
const REFUSAL_MS = 60_000

const storeAnswer = prepared<{
  orderId: string
  qrCode: string
  qrWarning: string | null
  qrContent: string
  answerContent: string
  traceToken: string | null
  state: string
}>(
  `UPDATE orders SET qr_code = $qrCode, qr_warning = $qrWarning, qr_content = $qrContent, answer_content = $answerContent,
     trace_token = $traceToken, state = $state
   WHERE order_id = $orderId`,
)
const storeRaw = prepared<RawMessage & { orderId: string }>(
  `INSERT INTO raw_messages (topic, payload, received_at, order_id) VALUES ($topic, $payload, $receivedAt, $orderId)`,
)
const storeHostHolder = prepared<{ terminalCode: string; holder: string }>(
  'UPDATE terminals SET host_holder = $holder WHERE terminal_code = $terminalCode AND host_holder IS NOT $holder',
)
const overdue = prepared<{ now: number }, OrderRow>(
  "SELECT * FROM orders WHERE state IN ('requested','awaiting_payment') AND expires_at < $now ORDER BY expires_at LIMIT 500",
)
const nextExpiry = prepared<object, { at: number | null }>(
  "SELECT min(expires_at) AS at FROM orders WHERE state IN ('requested','awaiting_payment')",
)

const HOLDABLE: readonly Order['state'][] = ['paid', 'awaiting_payment', 'underpaid', 'expired']

type Changed = Told & { readonly order: Order | null }
const UNCHANGED: Changed = { told: [], order: null }

/** The QR has come. An order that is paid already keeps its state (the payment overtook the answer); a closed one changes nothing. */
export function answerOrder(db: Db, orderId: string, qr: AcceptedQr, raw: RawMessage, how: Telling): Changed {
  const order = findOrder(db, orderId)
  if (order === null || order.qrCode !== null) return UNCHANGED
  const state = order.state === 'requested' ? 'awaiting_payment' : order.state
  const { qrCode, warning, qrContent, answerContent, traceToken } = qr
  storeRaw(db).run({ ...raw, orderId })
  storeAnswer(db).run({ orderId, qrCode, qrWarning: warning, qrContent, answerContent, traceToken, state })
  if (qr.userBankName !== null) storeHostHolder(db).run({ terminalCode: order.terminalCode, holder: qr.userBankName })
  return order.state === 'requested' ? tell(db, orderId, how) : UNCHANGED
}

/** Ends an order that has no QR. */
export function failOrder(db: Db, orderId: string, code: ErrorCode, message: string, how: Telling): Changed {
  const order = findOrder(db, orderId)
  if (order === null || order.state !== 'requested') return UNCHANGED
  saveOrder(db, { ...order, state: 'failed', errorCode: code, errorMessage: message, closedAt: how.now })
  return tell(db, orderId, how)
}

export function cancelOrder(db: Db, orderId: string, byDevice: string | null, how: Telling): CancelledOrder {
  const order = findOrder(db, orderId)
  if (order === null || (byDevice !== null && order.deviceId !== byDevice)) return null
  const cancellable = order.state === 'requested' || order.state === 'awaiting_payment'
  if (!cancellable) return { changed: false, order, told: [] }
  saveOrder(db, { ...order, state: 'cancelled', closedAt: how.now })
  const { told } = tell(db, orderId, how)
  return { changed: true, order: { ...order, state: 'cancelled', closedAt: how.now }, told }
}

/** Closes the orders whose time is over, at most 500 at once. */
export function expireOrders(
  db: Db,
  how: Telling,
): Told & { readonly expired: readonly Order[]; readonly nextAt: number | null } {
  const expired: Order[] = []
  const told = new Set<string>()
  for (const row of overdue(db).all({ now: how.now })) {
    const order: Order = { ...toOrder(row), state: 'expired', closedAt: how.now }
    saveOrder(db, order)
    expired.push(order)
    for (const deviceId of tell(db, order.orderId, how).told) told.add(deviceId)
  }
  return { expired, told: [...told], nextAt: nextExpiry(db).get({})?.at ?? null }
}

/** Nothing confirmed the payment in time: goods and calls stay back until a person decides. */
export function holdOrder(db: Db, orderId: string, how: Telling): Changed {
  const order = findOrder(db, orderId)
  if (order === null || order.confirmedAt !== null) return UNCHANGED
  // Under `payments.confirm: always` its time may have run out while its payment waited.
  if (!HOLDABLE.includes(order.state)) return UNCHANGED
  saveOrder(db, { ...order, state: 'held', fulfilment: 'held', closedAt: order.closedAt ?? how.now })
  return tell(db, orderId, how)
}

/** Answers a device's request with a refusal that belongs to no order. */
export function refuseRequest(db: Db, deviceId: string, refusal: Refusal, how: Telling): Told {
  const device = findDevice(db, deviceId)
  if (device === null) return { told: [] }
  const { requestId, amount, code, message } = refusal
  const body: OrderMessage = {
    ...(requestId === null ? {} : { requestId }),
    orderId: '',
    state: 'failed',
    amount,
    received: 0,
    content: '',
    expiresAt: seconds(how.now),
    error: toldError(code, message),
  }
  return { told: tellDevice(db, device, [delivery(device, 'order', {}, body, how.now + REFUSAL_MS, how)], how) }
}

function tell(db: Db, orderId: string, how: Telling): Changed {
  const order = findOrder(db, orderId)
  if (order === null) return UNCHANGED
  return { order, told: tellDevices(db, { kind: 'order', order }, order, how) }
}
