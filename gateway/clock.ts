/** Time as the rest of the gateway is given it, so that tests move it by hand. */
export interface Clock {
  /** Wall clock, epoch milliseconds: for records and for what people read. */
  now(): number
  /** Monotonic milliseconds: for intervals, never wound back by NTP. */
  monotonic(): number
  /** Runs `task` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, task: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, task) {
    // A longer wait would overflow Node's 32-bit timer and fire at once.
    const timer = setTimeout(task, Math.min(ms, 2_147_483_647))
    return () => clearTimeout(timer)
  },
}
