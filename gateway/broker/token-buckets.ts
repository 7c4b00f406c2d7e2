/** How fast something may come: `burst` at once, then `perSecond`. */
export interface Pace {
  readonly burst: number
  readonly perSecond: number
}

interface Bucket {
  /** Below zero: taken ahead of time. */
  tokens: number
  /** Monotonic milliseconds of the last look. */
  at: number
}

/** Full buckets say nothing that a new one would not, so they are thrown away when there are more than this. */
const SWEEP_ABOVE = 1_000

/** One token bucket for each key. Keys nobody has heard of for a while cost no memory. */
export class TokenBuckets {
  readonly #pace: Pace
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()
  #sweepAbove = SWEEP_ABOVE

  /** `now`: monotonic milliseconds. */
  constructor(pace: Pace, now: () => number = () => performance.now()) {
    this.#pace = pace
    this.#now = now
  }

  /** Keys remembered. */
  get size(): number {
    return this.#buckets.size
  }

  /** Takes one token if there is one now. */
  tryTake(key: string): boolean {
    const bucket = this.#bucket(key)
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }

  /** Takes one token, ahead of time where there is none; returns the milliseconds until it is due. */
  take(key: string): number {
    const bucket = this.#bucket(key)
    bucket.tokens -= 1
    return bucket.tokens >= 0 ? 0 : (-bucket.tokens / this.#pace.perSecond) * 1000
  }

  /** Gives tokens back, never more than a full bucket. */
  give(key: string, tokens: number): void {
    const bucket = this.#bucket(key)
    bucket.tokens = Math.min(this.#pace.burst, bucket.tokens + tokens)
  }

  #bucket(key: string): Bucket {
    const now = this.#now()
    const known = this.#buckets.get(key)
    if (known !== undefined) {
      known.tokens = this.#filled(known, now)
      known.at = now
      return known
    }
    if (this.#buckets.size >= this.#sweepAbove) this.#sweep(now)
    const fresh = { tokens: this.#pace.burst, at: now }
    this.#buckets.set(key, fresh)
    return fresh
  }

  #filled({ tokens, at }: Bucket, now: number): number {
    return Math.min(this.#pace.burst, tokens + ((now - at) / 1000) * this.#pace.perSecond)
  }

  #sweep(now: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (this.#filled(bucket, now) >= this.#pace.burst) this.#buckets.delete(key)
    }
    // With many busy keys, the next sweep has to be worth its walk.
    this.#sweepAbove = Math.max(SWEEP_ABOVE, 2 * this.#buckets.size)
  }
}
