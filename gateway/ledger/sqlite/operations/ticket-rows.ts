import type { Ticket } from '../../../devices/tickets.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'

interface TicketRow {
  place: number
  order_id: string
  terminal_code: string
  day: string
  ticket: string
  counter: string | null
  state: Ticket['state']
  calls: number
  called_at: number | null
}

/** The tickets a key may mean: of one terminal and day, and of one counter and of nobody's; without a counter all. */
export interface TicketScope {
  readonly terminalCode: string
  readonly day: string
  readonly counter: string | null
}

const SCOPE = `terminal_code = $terminalCode AND day = $day AND ($counter IS NULL OR counter IS NULL OR counter = $counter)`
const firstWaiting = prepared<TicketScope, TicketRow>(
  `SELECT * FROM tickets WHERE ${SCOPE} AND state = 'waiting' ORDER BY place LIMIT 1`,
)
const lastCalled = prepared<TicketScope, TicketRow>(
  `SELECT * FROM tickets WHERE ${SCOPE} AND state = 'called' ORDER BY called_at DESC, place DESC LIMIT 1`,
)
/** A number given twice in a day means the one that is still open, or the newer one. */
const named = prepared<TicketScope & { ticket: string }, TicketRow>(
  `SELECT * FROM tickets WHERE ${SCOPE} AND ticket = CAST($ticket AS TEXT)
   ORDER BY state IN ('waiting','called') DESC, place DESC LIMIT 1`,
)
type NewTicketRow = Omit<Ticket, 'place'>
const insert = prepared<NewTicketRow>(
  `INSERT INTO tickets (order_id, terminal_code, day, ticket, counter, state, calls, called_at)
   VALUES ($orderId, $terminalCode, $day, $ticket, $counter, $state, $calls, $calledAt)
   ON CONFLICT (order_id) DO NOTHING`,
)
const update = prepared<Pick<Ticket, 'place' | 'counter' | 'state' | 'calls' | 'calledAt'>>(
  'UPDATE tickets SET counter = $counter, state = $state, calls = $calls, called_at = $calledAt WHERE place = $place',
)
const pausesOf = prepared<{ terminalCode: string; counter: string; day: string }, { one: 1 }>(
  `SELECT 1 AS one FROM pauses
   WHERE terminal_code = CAST($terminalCode AS TEXT) AND counter IN ('', $counter) AND day = $day`,
)
const setPause = prepared<{ terminalCode: string; counter: string; day: string }>(
  `INSERT INTO pauses (terminal_code, counter, day) VALUES ($terminalCode, $counter, $day)
   ON CONFLICT (terminal_code, counter) DO UPDATE SET day = $day`,
)
const endPause = prepared<{ terminalCode: string; counter: string }>(
  'DELETE FROM pauses WHERE terminal_code = $terminalCode AND counter = $counter',
)

export function waitingTicket(db: Db, scope: TicketScope): Ticket | null {
  return orNull(firstWaiting(db).get(scope))
}

export function calledTicket(db: Db, scope: TicketScope): Ticket | null {
  return orNull(lastCalled(db).get(scope))
}

export function namedTicket(db: Db, scope: TicketScope, ticket: string): Ticket | null {
  return orNull(named(db).get({ ...scope, ticket }))
}

/** False when the order has its ticket already. */
export function addTicket(db: Db, ticket: NewTicketRow): boolean {
  return insert(db).run(ticket).changes > 0
}

export function saveTicket(db: Db, { place, counter, state, calls, calledAt }: Ticket): void {
  update(db).run({ place, counter, state, calls, calledAt })
}

/** Whether nothing is called by itself at this counter today. `''` is the whole terminal. */
export function isPaused(db: Db, terminalCode: string, counter: string, day: string): boolean {
  return pausesOf(db).get({ terminalCode, counter, day }) !== undefined
}

export function pause(db: Db, terminalCode: string, counter: string, day: string): void {
  setPause(db).run({ terminalCode, counter, day })
}

export function resume(db: Db, terminalCode: string, counter: string): void {
  endPause(db).run({ terminalCode, counter })
}

function orNull(row: TicketRow | undefined): Ticket | null {
  if (row === undefined) return null
  const { order_id: orderId, terminal_code: terminalCode, called_at: calledAt, ...same } = row
  return { ...same, orderId, terminalCode, calledAt }
}
