/** What the local broker bears of a device and of strangers. Each figure is far above what an honest device does. */
import type { Pace } from './token-buckets.ts'

export interface Limits {
  /** Milliseconds from the accepted socket to the accepted login. */
  readonly loginTimeout: number
  /** Milliseconds a device may leave a full socket unread. */
  readonly drainTimeout: number
  /** Milliseconds `stop` waits for messages the owner is still busy with. */
  readonly farewell: number
  /** Sockets without an accepted login, over all listeners. */
  readonly strangers: number
  /** Connections of one address. */
  readonly arrivals: Pace
  /** Open links of one device. */
  readonly links: number
  /** Seconds: the longest keepalive, also of a device that asks for none. The link ends after one and a half times of it. */
  readonly keepalive: number
  /** Messages of one device, over all its links. Each message it is told lets it say two more: `received` and `done`. */
  readonly messages: Pace
  /** Messages of one link that wait to be taken; one more ends it. */
  readonly waiting: number
  /** QoS 2 messages of one link that are not released yet; one more ends it. */
  readonly unreleased: number
}

/**
 * A whole shop may sit behind one router and return at once, so an address may arrive thousands of times in a moment. The
 * longest keepalive known of payment boxes is 300 s (public firmware).
 */
export const LIMITS: Limits = {
  loginTimeout: 10_000,
  drainTimeout: 5_000,
  farewell: 2_000,
  strangers: 1_000,
  arrivals: { burst: 5_000, perSecond: 100 },
  links: 64,
  keepalive: 300,
  messages: { burst: 500, perSecond: 50 },
  waiting: 1_000,
  unreleased: 100,
}
