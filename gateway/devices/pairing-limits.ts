import { type Pace, TokenBuckets } from '../broker/token-buckets.ts'

/** Logins of user `pair`, right or wrong, while a window is open: each costs some 50 ms of work. */
export const OF_ONE_ADDRESS: Pace = { burst: 10, perSecond: 1 / 6 }
export const OF_ALL: Pace = { burst: 30, perSecond: 1 / 2 }

/** How often the door of pairing may be tried, over all windows. */
export class PairingLimits {
  readonly #ofOne: TokenBuckets
  readonly #ofAll: TokenBuckets

  /** `now`: monotonic milliseconds. */
  constructor(now: () => number) {
    this.#ofOne = new TokenBuckets(OF_ONE_ADDRESS, now)
    this.#ofAll = new TokenBuckets(OF_ALL, now)
  }

  /** The address first: one that goes on and on must not use up what the others have. */
  mayTry(address: string): boolean {
    return this.#ofOne.tryTake(address) && this.#ofAll.tryTake('all')
  }
}
