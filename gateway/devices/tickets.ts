import type { ErrorCode } from '../../protocol/errors.ts'
import type { KeyEvent } from '../../protocol/local/up.ts'

/**
 * The tickets of one day, and what the keys of a counter call do with them.
 *
 * Terms. A **ticket** is the number of an order that may be called: the order is paid, and confirmed where the shop asks for it.
 * It belongs to the **counter** its order named, or to the first counter that calls it, and to one **business day** in Viet
 * Nam: yesterday's numbers are never called. Its **place** is the order in which tickets came. A **call** is one `down/call` to
 * every counter call that must hear it; calls of one ticket are numbered 1, 2, 3, and there is no fourth. A counter call that
 * is registered for a counter presses keys for that one only; one without a counter presses for the whole terminal, or for the
 * counter it names.
 *
 *                 order let go, counter calls by itself
 *           ┌──────────────────────────────────────────────┐
 *     order ┤                                               ▼   recall: calls + 1, at most 3
 *           └─ counter paused ─▶ waiting ── next ─────▶ called ⟲
 *                                   │                      │
 *                                   └────── serve ─────────┴──▶ served    calls that did not go out yet
 *                                   └────── skip ──────────┴──▶ skipped   are taken back
 *
 * `next` calls the ticket that has waited longest, or the one it names. `recall`, `serve` and `skip` are about the ticket called
 * last, or the one they name. `pause` and `resume` switch the calling by itself off and on, for a counter or (by a counter call
 * without one) for all of the terminal; a pause ends with its day. What came during a pause waits for `next`: a
 * counter that resumes does not call everybody at once.
 *
 * A key press, what it changes and the calls it makes are one transaction, and the press is known by its `id` from then on: after
 * any crash it has happened once or not at all, and said again it changes nothing and gets the same answer.
 */
export interface Ticket {
  readonly place: number
  readonly orderId: string
  readonly terminalCode: string
  readonly day: string
  readonly ticket: string
  readonly counter: string | null
  readonly state: 'waiting' | 'called' | 'served' | 'skipped'
  readonly calls: number
  readonly calledAt: number | null
}

/** Why a key press changes nothing. */
export interface KeyRefusal {
  readonly code: ErrorCode
  readonly message: string
}

/** After this often nobody is coming. */
const MOST_CALLS = 3

/** Keys that are about one ticket. */
export type TicketKey = Exclude<KeyEvent['event'], 'pause' | 'resume'>

/** Why this key cannot be pressed for this ticket (null: none was found); null when it can. */
export function whyNotPress(key: TicketKey, ticket: Ticket | null): KeyRefusal | null {
  if (ticket === null) return { code: 'ORDER_UNKNOWN', message: NO_TICKET[key] }
  const { state, calls } = ticket
  const name = `ticket ${ticket.ticket}`
  if (state === 'served' || state === 'skipped') return { code: 'ORDER_CLOSED', message: `${name} is ${state} already` }
  if (key === 'next' && state === 'called') {
    return { code: 'ORDER_CLOSED', message: `${name} was called already: press recall to call it again` }
  }
  if (key === 'recall' && state === 'waiting') {
    return { code: 'NOT_ALLOWED', message: `${name} was not called yet: press next to call it` }
  }
  if (key === 'recall' && calls >= MOST_CALLS) {
    return { code: 'NOT_ALLOWED', message: `${name} was called ${calls} times, which is the most: serve or skip it` }
  }
  return null
}

const NO_TICKET: Record<TicketKey, string> = {
  next: 'no such ticket of today waits here',
  recall: 'no such ticket of today was called here',
  serve: 'no such ticket of today was called here',
  skip: 'no such ticket of today was called here',
}

/** The ticket after a key that may be pressed; `counter` is where the key calls it to, if it says so. */
export function pressed(key: TicketKey, ticket: Ticket, counter: string | null, now: number): Ticket {
  switch (key) {
    case 'next':
    case 'recall': {
      const to = ticket.counter ?? counter
      return { ...ticket, state: 'called', calls: ticket.calls + 1, calledAt: now, counter: to }
    }
    case 'serve':
      return { ...ticket, state: 'served' }
    case 'skip':
      return { ...ticket, state: 'skipped' }
  }
}
