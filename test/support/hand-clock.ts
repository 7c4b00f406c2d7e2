import type { Clock } from '../../gateway/clock.ts'
import { Happenings } from './happenings.ts'

/** A clock that moves only when the test says so. */
export class HandClock implements Clock {
  #milliseconds = Date.UTC(2026, 0, 2, 3, 4, 5)
  readonly #happenings = new Happenings()
  readonly #tasks = new Set<{ readonly at: number; readonly run: () => void }>()

  now(): number {
    return this.#milliseconds
  }

  monotonic(): number {
    return this.#milliseconds
  }

  after(milliseconds: number, task: () => void): () => void {
    const entry = { at: this.#milliseconds + milliseconds, run: task }
    this.#tasks.add(entry)
    this.#happenings.happened()
    return () => this.#tasks.delete(entry)
  }

  /** Resolves when something waits for this clock. */
  async untilPlanned(): Promise<void> {
    await this.#happenings.until(() => this.#tasks.size > 0, 'something waits for the clock')
  }

  /** Moves on by `milliseconds` and runs what falls due, in order. */
  advance(milliseconds: number): void {
    const end = this.#milliseconds + milliseconds
    for (;;) {
      const next = [...this.#tasks].filter(task => task.at <= end).sort((one, other) => one.at - other.at)[0]
      if (next === undefined) break
      this.#tasks.delete(next)
      this.#milliseconds = Math.max(this.#milliseconds, next.at)
      next.run()
    }
    this.#milliseconds = end
  }
}
