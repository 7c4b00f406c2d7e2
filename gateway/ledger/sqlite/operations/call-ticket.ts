import { businessDay } from '../../../../protocol/time.ts'
import type { Telling } from '../../../devices/profiles/profile.ts'
import type { Ticket } from '../../../devices/tickets.ts'
import type { Order } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { tellDevices } from './tell-devices.ts'
import { addTicket, isPaused } from './ticket-rows.ts'

const takeBackCalls = prepared<{ orderId: string; now: number }>(
  `UPDATE deliveries SET state = 'expired', ended_at = $now, error = 'its ticket was closed'
   WHERE order_id = $orderId AND kind = 'call' AND state = 'pending' AND ended_at IS NULL`,
)
const devicesCalling = prepared<{ orderId: string }, { device_id: string }>(
  `SELECT DISTINCT device_id FROM deliveries WHERE order_id = $orderId AND kind = 'call' AND state = 'pending'`,
)

/** The ticket of an order that may be called: called at once, or it waits because its counter is paused. */
export function queueTicket(db: Db, order: Order, how: Telling): readonly string[] {
  const { ticket, counter, orderId, terminalCode } = order
  if (ticket === null) return []
  const day = businessDay(how.now)
  const waits = isPaused(db, terminalCode, counter ?? '', day)
  const fresh = { orderId, terminalCode, day, ticket, counter }
  const called = { state: 'called', calls: 1, calledAt: how.now } as const
  const added = addTicket(db, { ...fresh, ...(waits ? { state: 'waiting', calls: 0, calledAt: null } : called) })
  return added && !waits ? callTicket(db, order, { counter, callNumber: 1 }, how) : []
}

/** Writes down one call for every counter call that must hear it. */
export function callTicket(
  db: Db,
  order: Order,
  call: { readonly counter: string | null; readonly callNumber: number },
  how: Telling,
): readonly string[] {
  const { counter, callNumber } = call
  const { terminalCode } = order
  return tellDevices(db, { kind: 'call', order, counter, callNumber }, { terminalCode, deviceId: null }, how)
}

/** Nobody is called to a ticket that is closed: what has not gone out yet does not. Returns whose lanes have to look again. */
export function takeBack(db: Db, { orderId }: Ticket, now: number): readonly string[] {
  const devices = devicesCalling(db).all({ orderId })
  takeBackCalls(db).run({ orderId, now })
  return devices.map(device => device.device_id)
}
