import type { Clock } from '../../gateway/clock.ts'
import type { ScreenSeconds } from './quirks.ts'

/** A screen that goes back to its menu by itself, whatever the order it showed has come to. */
export class ScreenTimer {
  readonly #seconds: ScreenSeconds | null
  readonly #clock: Clock
  readonly #over: (shown: keyof ScreenSeconds) => void
  #cancel: () => void = () => {}

  /** @param seconds null: it waits to be told */
  constructor(seconds: ScreenSeconds | null, clock: Clock, over: (shown: keyof ScreenSeconds) => void) {
    this.#seconds = seconds
    this.#clock = clock
    this.#over = over
  }

  shows(what: keyof ScreenSeconds): void {
    this.#cancel()
    if (this.#seconds !== null) this.#cancel = this.#clock.after(this.#seconds[what] * 1_000, () => this.#over(what))
  }

  stop(): void {
    this.#cancel()
  }
}
