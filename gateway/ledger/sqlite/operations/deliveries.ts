import type { Acknowledgement, VendResult } from '../../../../protocol/local/up.ts'
import { vnd } from '../../../../protocol/money.ts'
import { tellAll } from '../../../devices/profiles/index.ts'
import { tellOrder } from '../../../devices/profiles/order-message.ts'
import type { Telling } from '../../../devices/profiles/profile.ts'
import { tellTest } from '../../../devices/profiles/test-message.ts'
import type { Delivery, DeliveryKind, Fulfilment, Order } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { type DeliveryRow, type OrderRow, toDelivery, toOrder } from '../rows.ts'
import { findOrder, saveOrder } from './order-rows.ts'
import { findDevice } from './registry.ts'
import { tellDevice } from './tell-devices.ts'

const openOf = prepared<[deviceId: string, after: number, limit: number], DeliveryRow>(
  `SELECT * FROM deliveries WHERE device_id = CAST(? AS TEXT) AND seq > CAST(? AS INTEGER) AND ended_at IS NULL
   ORDER BY seq LIMIT CAST(? AS INTEGER)`,
)
/** `leftOut`: kinds with a space between them; none is a part of another. */
const openOfOthers = prepared<[deviceId: string, after: number, leftOut: string, limit: number], DeliveryRow>(
  `SELECT * FROM deliveries WHERE device_id = CAST(? AS TEXT) AND seq > CAST(? AS INTEGER) AND ended_at IS NULL
     AND NOT (expires_at IS NULL AND state = 'pending' AND instr(CAST(? AS TEXT), kind) > 0)
   ORDER BY seq LIMIT CAST(? AS INTEGER)`,
)
const byId = prepared<[id: string], DeliveryRow>('SELECT * FROM deliveries WHERE id = ?')
// By its number, where the row lies: the way there through the index of the ids costs as much as the change.
const SENT = `UPDATE deliveries SET state = 'sent', attempts = attempts + 1, sent_at = coalesce(sent_at, ?)
   WHERE seq = ? AND state IN ('pending','sent')`
const setSent = prepared<[now: number, seq: number]>(`${SENT} AND kind <> 'vend'`)
const setVendSent = prepared<[now: number, seq: number], Pick<DeliveryRow, 'order_id'>>(
  `${SENT} AND kind = 'vend' RETURNING order_id`,
)
const setReceived = prepared<{ id: string; now: number }>(
  `UPDATE deliveries SET state = 'received', received_at = $now WHERE id = $id AND state IN ('pending','sent')`,
)
const setDone = prepared<[now: number, seq: number]>(
  "UPDATE deliveries SET state = 'done', ended_at = ? WHERE seq = ? AND ended_at IS NULL",
)
const setEnd = prepared<{ id: string; state: string; error: string | null; now: number }>(
  `UPDATE deliveries SET state = $state, ended_at = $now, error = $error WHERE id = $id AND ended_at IS NULL`,
)
const expireUnsent = prepared<{ deviceId: string; now: number }>(
  `UPDATE deliveries SET state = 'expired', ended_at = $now, error = 'its time was over before it could be sent'
   WHERE device_id = $deviceId AND ended_at IS NULL AND state = 'pending' AND expires_at <= $now AND kind <> 'vend'`,
)
/** Announcements that were never heard, as the index of them says it. */
const UNHEARD = `device_id = $deviceId AND kind = 'announce' AND state IN ('expired','failed') AND received_at IS NULL
     AND summary_id IS NULL AND summarised = 0`
const missed = prepared<{ deviceId: string }, { count: number; amount: number | null }>(
  `SELECT count(*) AS count, sum((SELECT amount FROM payments p WHERE p.payment_id = d.payment_id)) AS amount
   FROM deliveries d INDEXED BY deliveries_unheard WHERE ${UNHEARD} AND payment_id IS NOT NULL`,
)
const countInto = prepared<{ deviceId: string; summaryId: string }>(
  `UPDATE deliveries INDEXED BY deliveries_unheard SET summary_id = $summaryId
   WHERE ${UNHEARD} AND payment_id IS NOT NULL`,
)
/** A summary that was never heard counts nothing: what it counted is counted anew. */
const takeBackUnheard = prepared<{ deviceId: string }>(
  `UPDATE deliveries INDEXED BY deliveries_by_summary SET summary_id = NULL WHERE summary_id IN (
     SELECT id FROM deliveries INDEXED BY deliveries_unheard WHERE ${UNHEARD} AND payment_id IS NULL)`,
)
const forgetUnheardSummaries = prepared<{ deviceId: string }>(
  `UPDATE deliveries INDEXED BY deliveries_unheard SET summarised = 1 WHERE ${UNHEARD} AND payment_id IS NULL`,
)
const forgetEverythingUnheard = prepared<{ deviceId: string }>(
  `UPDATE deliveries INDEXED BY deliveries_unheard SET summarised = 1 WHERE ${UNHEARD}`,
)
const setResult = prepared<{ orderId: string; result: string }>(
  'UPDATE orders SET machine_result = $result WHERE order_id = $orderId AND machine_result IS NULL',
)
const recentOrders = prepared<{ terminalCode: string; since: number }, OrderRow>(
  `SELECT * FROM orders WHERE terminal_code = $terminalCode AND qr_code IS NOT NULL AND created_at >= $since
   ORDER BY created_at DESC LIMIT 50`,
)
const lastTold = prepared<{ deviceId: string; orderId: string }, { state: string }>(
  `SELECT body ->> '$.state' AS state FROM deliveries
   WHERE device_id = $deviceId AND order_id = $orderId AND kind = 'order' AND sent_at IS NOT NULL
     AND sent_at >= (SELECT created_at FROM devices WHERE device_id = $deviceId) ORDER BY seq DESC LIMIT 1`,
)
const devicesWaiting = prepared<object, { device_id: string }>(
  'SELECT DISTINCT device_id FROM deliveries WHERE ended_at IS NULL',
)
const pendingCount = prepared<object, { count: number }>(
  'SELECT count(*) AS count FROM deliveries WHERE ended_at IS NULL',
)

/** An order older than this is nobody's present any more. */
const PRESENT_MS = 24 * 3_600_000
/** States in which a QR is on the screen. */
const OPEN_STATES: ReadonlySet<string> = new Set(['awaiting_payment', 'underpaid'])

const NONE: ReadonlySet<never> = new Set()

export function openDeliveries(
  db: Db,
  deviceId: string,
  limit: number,
  after: number,
  leftOut: ReadonlySet<DeliveryKind> = NONE,
): readonly Delivery[] {
  const rows =
    leftOut.size === 0
      ? openOf(db).all(deviceId, after, limit)
      : openOfOthers(db).all(deviceId, after, [...leftOut].join(' '), limit)
  return rows.map(toDelivery)
}

export function findDelivery(db: Db, id: string): Delivery | null {
  const row = byId(db).get(id)
  return row === undefined ? null : toDelivery(row)
}

/** What the device has not heard so far is in no summary. */
export function forgetUnheard(db: Db, deviceId: string): void {
  forgetEverythingUnheard(db).run({ deviceId })
}

/**
 * A message is about to be sent; false when it must not be, because it has ended meanwhile. With a vend, the goods count as
 * released from here on, whatever crashes.
 */
export function noteSent(db: Db, seq: number, now: number): boolean {
  if (setSent(db).run(now, seq).changes > 0) return true
  const vend = setVendSent(db).get(now, seq)
  if (vend !== undefined) setFulfilment(db, vend.order_id, 'released', ['pending'])
  return vend !== undefined
}

export function noteAcknowledgement(
  db: Db,
  deviceId: string,
  ack: Acknowledgement,
  now: number,
  known: Delivery | null,
): Delivery | null {
  // Nearly every answer is this one: what becomes of the row is known without reading it.
  if (ack.status === 'done' && known !== null && setDone(db).run(now, known.seq).changes > 0) {
    return { ...known, state: 'done', endedAt: now }
  }
  const row = byId(db).get(ack.id)
  if (row === undefined || row.device_id !== deviceId) return null
  switch (ack.status) {
    case 'busy':
      break
    case 'received':
      setReceived(db).run({ id: ack.id, now })
      break
    case 'done':
    case 'duplicate':
      setEnd(db).run({ id: ack.id, state: 'done', error: null, now })
      break
    case 'expired':
    case 'failed':
      setEnd(db).run({ id: ack.id, state: ack.status, error: ack.error ?? 'said by the device', now })
      if (row.kind === 'vend') setFulfilment(db, row.order_id, 'failed', ['pending', 'released'])
      break
  }
  const after = byId(db).get(ack.id)
  return after === undefined ? null : toDelivery(after)
}

/** Ends a delivery without an answer. A vend that may have been heard is `unknown`: only a person can say what came out. */
export function endDelivery(
  db: Db,
  id: string,
  state: 'failed' | 'expired' | 'unknown',
  error: string,
  now: number,
): void {
  const row = byId(db).get(id)
  setEnd(db).run({ id, state, error, now })
  if (row?.kind !== 'vend') return
  setFulfilment(db, row.order_id, state === 'unknown' ? 'unknown' : 'failed', ['pending', 'released'])
}

/** The machine says what came out; its first word counts. */
export function noteResult(db: Db, deviceId: string, result: VendResult): Order | null {
  const order = findOrder(db, result.orderId)
  if (order === null || order.deviceId !== deviceId) return null
  const outcome: Fulfilment = result.result === 'ok' ? 'done' : result.result
  const first = setResult(db).run({ orderId: result.orderId, result: result.result }).changes > 0
  return first ? setFulfilment(db, result.orderId, outcome, ['pending', 'released', 'unknown', 'failed']) : order
}

function setFulfilment(db: Db, orderId: string | null, to: Fulfilment, from: readonly Fulfilment[]): Order | null {
  const order = orderId === null ? null : findOrder(db, orderId)
  if (order === null || !from.includes(order.fulfilment)) return order
  const changed: Order = { ...order, fulfilment: to }
  saveOrder(db, changed)
  return changed
}

/** Ends what a returning device is too late for. What a soundbox missed is said in one sentence instead. */
export function freshen(db: Db, deviceId: string, how: Telling): void {
  expireUnsent(db).run({ deviceId, now: how.now })
  takeBackUnheard(db).run({ deviceId })
  forgetUnheardSummaries(db).run({ deviceId })
  const device = findDevice(db, deviceId)
  const { count, amount } = missed(db).get({ deviceId }) ?? { count: 0, amount: null }
  if (device === null || count === 0) return
  const announcement = { kind: 'summary' as const, count, amount: vnd(amount ?? 0) }
  const told = tellAll({ kind: 'summary', announcement }, [device], how)
  for (const { id } of told) countInto(db).run({ deviceId, summaryId: id })
  tellDevice(db, device, told, how)
}

/**
 * What a screen shows when it comes back: first the end of every order it was last told to be payable, then the newest order of its
 * terminal that still is.
 */
export function tellPresentState(db: Db, deviceId: string, how: Telling): void {
  const device = findDevice(db, deviceId)
  if (device === null) return
  const { terminalCode } = device
  const orders = recentOrders(db)
    .all({ terminalCode, since: how.now - PRESENT_MS })
    .map(toOrder)
  const shownOpen = ({ orderId }: Order): boolean =>
    OPEN_STATES.has(lastTold(db).get({ deviceId, orderId })?.state ?? '')
  const ended = orders.filter(order => !OPEN_STATES.has(order.state) && shownOpen(order)).reverse()
  const newest = orders.find(order => OPEN_STATES.has(order.state))
  for (const order of newest === undefined ? ended : [...ended, newest]) {
    tellDevice(db, device, tellOrder(order, device, how), how)
  }
}

export function countPending(db: Db): number {
  return pendingCount(db).get({})?.count ?? 0
}

export function devicesWithOpen(db: Db): readonly string[] {
  return devicesWaiting(db)
    .all({})
    .map(row => row.device_id)
}

/** Something the device does to show that it works; null where its kind has nothing of the sort. */
export function tellTestTo(db: Db, deviceId: string, how: Telling): string | null {
  const device = findDevice(db, deviceId)
  const [test] = device === null ? [] : tellTest(device, how)
  if (device === null || test === undefined) return null
  tellDevice(db, device, [test], how)
  return test.id
}
