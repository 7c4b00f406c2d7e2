import type { Clock } from '../clock.ts'
import type { Pace } from '../devices/profiles/profile.ts'
import type { Delivery } from '../ledger/model.ts'

/** After `received`, an effect that is not reported by then is not coming. */
export const EFFECT_MS = 60_000

const EARLIER = Number.NEGATIVE_INFINITY

/** A delivery the lane knows of: words and states are in lane.ts. */
export interface Entry {
  readonly delivery: Delivery
  /** `waiting` for its turn on this link, also when an earlier link or process has sent it (then `attempts` is not 0). */
  phase: 'waiting' | 'sent' | 'received'
  attempts: number
  /** The how manyeth of the lane's messages it was when it was first sent; -Infinity: sent by an earlier process. */
  turn: number
  /** Monotonic: when it is to be sent again, or when patience with a received one ends. */
  dueAt: number
}

/**
 * An entry as a lane finds it in the ledger; what an earlier process sent is sent again, with the same id, or is never answered any
 * more where nothing may be sent twice.
 */
export function entryOf(delivery: Delivery, pace: Pace, clock: Clock): Entry {
  if (delivery.state === 'sent' && pace.once !== undefined) {
    return { delivery, phase: 'sent', attempts: pace.attempts, turn: EARLIER, dueAt: 0 }
  }
  if (delivery.state === 'received') {
    const dueAt = clock.monotonic() + EFFECT_MS
    return { delivery, phase: 'received', attempts: delivery.attempts, turn: EARLIER, dueAt }
  }
  return { delivery, phase: 'waiting', attempts: delivery.state === 'sent' ? 1 : 0, turn: EARLIER, dueAt: 0 }
}

/** Superseded by a newer state, or by its ticket being closed. */
export function mayBeTakenBack({ delivery }: Entry): boolean {
  return delivery.kind === 'order' || delivery.kind === 'call'
}

/** Whether its time to be heard has passed; `wall` is epoch milliseconds. */
export function isOver({ delivery }: Entry, wall: number): boolean {
  return delivery.expiresAt !== null && delivery.expiresAt <= wall
}

/** What it becomes when it was sent and never answered. */
export function silence({ delivery }: Entry): 'unknown' | 'failed' {
  return delivery.kind === 'vend' ? 'unknown' : 'failed'
}

/** Sent and not answered: the device may have had its effect, and is to know its id when it hears it again. */
export function mayBeRemembered({ attempts, phase }: Entry): boolean {
  return attempts > 0 && phase !== 'received'
}
