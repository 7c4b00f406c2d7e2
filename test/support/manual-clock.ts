import type { Clock } from '../../gateway/clock.ts'

interface Timer {
  readonly at: number
  readonly task: () => void
}

/** A clock that stands still until a test moves it; timers fire in order of their time. */
export class ManualClock implements Clock {
  #now: number
  readonly #start: number
  #jumped = 0
  #timers: Timer[] = []

  constructor(start = Date.UTC(2026, 0, 5, 2, 0, 0)) {
    this.#now = start
    this.#start = start
  }

  now(): number {
    return this.#now + this.#jumped
  }

  /** The wall clock is put forward, or back; nothing else moves. */
  jump(ms: number): void {
    this.#jumped += ms
  }

  monotonic(): number {
    return this.#now - this.#start
  }

  after(ms: number, task: () => void): () => void {
    const timer: Timer = { at: this.#now + ms, task }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer)
    }
  }

  /** Moves time on, letting everything that a timer starts settle before the next one fires. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (;;) {
      const next = this.#timers.filter(timer => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#timers = this.#timers.filter(other => other !== next)
      this.#now = Math.max(this.#now, next.at)
      next.task()
      await settle()
    }
    this.#now = end
    await settle()
  }
}

/** Lets promises and the ledger's end-of-turn commits run until nothing is left of them. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await new Promise(resolve => setImmediate(resolve))
}
