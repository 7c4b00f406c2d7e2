import type { ErrorCode } from '../../../../protocol/errors.ts'
import type { KeyEvent } from '../../../../protocol/local/up.ts'
import { businessDay } from '../../../../protocol/time.ts'
import type { Telling } from '../../../devices/profiles/profile.ts'
import { type KeyRefusal, pressed, type Ticket, type TicketKey, whyNotPress } from '../../../devices/tickets.ts'
import type { PressedKey } from '../../ledger.ts'
import type { Device } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { callTicket, takeBack } from './call-ticket.ts'
import { findOrder } from './order-rows.ts'
import { calledTicket, namedTicket, pause, resume, saveTicket, type TicketScope, waitingTicket } from './ticket-rows.ts'

interface PressRow {
  said: string
  error_code: ErrorCode | null
  error_message: string | null
}

const known = prepared<{ deviceId: string; eventId: string }, PressRow>(
  'SELECT * FROM key_presses WHERE device_id = $deviceId AND event_id = $eventId',
)
const insert = prepared<{
  deviceId: string
  eventId: string
  said: string
  code: string | null
  message: string | null
  now: number
}>(
  `INSERT INTO key_presses (device_id, event_id, said, error_code, error_message, pressed_at)
   VALUES ($deviceId, $eventId, $said, $code, $message, $now)`,
)
const forgetOld = prepared<{ before: number }>(
  `DELETE FROM key_presses WHERE (device_id, event_id) IN
     (SELECT device_id, event_id FROM key_presses WHERE pressed_at < $before ORDER BY pressed_at LIMIT 100)`,
)

/** A device that says a key press again does so within minutes; a month is for the one that was switched off meanwhile. */
const REMEMBERED_MS = 30 * 24 * 3_600_000

/** A key of a counter call, carried out once: rules and words are in gateway/devices/tickets.ts. */
export function pressKey(db: Db, device: Device, event: KeyEvent, how: Telling): PressedKey {
  const { deviceId } = device
  const said = JSON.stringify([event.event, event.counter, event.ticket])
  const before = known(db).get({ deviceId, eventId: event.id })
  if (before !== undefined && before.said !== said) {
    const message = `the id ${event.id} was used for another key: every press needs a new one`
    return { told: [], refusal: { code: 'REQUEST_CONFLICT', message } }
  }
  if (before !== undefined) return { told: [], refusal: refusalOf(before) }
  const done = carryOut(db, device, event, how)
  const { code = null, message = null } = done.refusal ?? {}
  insert(db).run({ deviceId, eventId: event.id, said, code, message, now: how.now })
  forgetOld(db).run({ before: how.now - REMEMBERED_MS })
  return done
}

function refusalOf({ error_code: code, error_message: message }: PressRow): KeyRefusal | null {
  return code === null ? null : { code, message: message ?? '' }
}

function carryOut(db: Db, device: Device, event: KeyEvent, how: Telling): PressedKey {
  const { terminalCode } = device
  const counter = event.counter ?? device.counter
  if (device.counter !== null && counter !== device.counter) {
    return refused({ code: 'NOT_ALLOWED', message: `this device calls for counter ${device.counter}, not ${counter}` })
  }
  const day = businessDay(how.now)
  switch (event.event) {
    case 'pause':
      pause(db, terminalCode, counter ?? '', day)
      return { told: [], refusal: null }
    case 'resume':
      resume(db, terminalCode, counter ?? '')
      return { told: [], refusal: null }
    case 'next':
    case 'recall':
    case 'serve':
    case 'skip':
      return pressForTicket(db, event.event, event.ticket, { terminalCode, day, counter }, how)
  }
}

function pressForTicket(db: Db, key: TicketKey, name: string | null, scope: TicketScope, how: Telling): PressedKey {
  const found = meant(db, key, name, scope)
  const refusal = whyNotPress(key, found)
  if (refusal !== null || found === null) return refused(refusal)
  const ticket = pressed(key, found, scope.counter, how.now)
  saveTicket(db, ticket)
  if (ticket.state !== 'called') return { told: takeBack(db, ticket, how.now), refusal: null }
  const order = findOrder(db, ticket.orderId)
  if (order === null) return { told: [], refusal: null }
  const call = { counter: ticket.counter, callNumber: ticket.calls }
  return { told: callTicket(db, order, call, how), refusal: null }
}

function meant(db: Db, key: TicketKey, name: string | null, scope: TicketScope): Ticket | null {
  if (name !== null) return namedTicket(db, scope, name)
  return key === 'next' ? waitingTicket(db, scope) : calledTicket(db, scope)
}

function refused(refusal: KeyRefusal | null): PressedKey {
  return { told: [], refusal }
}
