import type { Clock } from '../clock.ts'

/** `behind` waits until nobody else wants a turn. */
export type Urgency = 'now' | 'behind'

/** Lets callers pass one by one, at most `perSecond` a second; the urgent ones first. */
export class Turns {
  readonly #clock: Clock
  readonly #interval: number
  readonly #waiting: Record<Urgency, (() => void)[]> = { now: [], behind: [] }
  #nextAt = 0
  #scheduled = false

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock
    this.#interval = 1000 / perSecond
  }

  take(urgency: Urgency): Promise<void> {
    return new Promise(resolve => {
      this.#waiting[urgency].push(resolve)
      this.#next()
    })
  }

  #next(): void {
    if (this.#scheduled) return
    const now = this.#clock.monotonic()
    if (now < this.#nextAt) {
      this.#scheduled = true
      this.#clock.after(this.#nextAt - now, () => {
        this.#scheduled = false
        this.#next()
      })
      return
    }
    const pass = this.#waiting.now.shift() ?? this.#waiting.behind.shift()
    if (pass === undefined) return
    this.#nextAt = now + this.#interval
    pass()
    this.#next()
  }
}
