import type { Clock } from '../clock.ts'

/** A link that is away for less is nobody's business in the shop. */
const SAID_AFTER_MS = 60_000

/**
 * Tells the shop that the bank cannot be heard, and that it can be heard again: each once, however often the link comes and goes in
 * between. The minute begins with the first loss; a link that comes back within it is not spoken of.
 */
export class LinkAnnouncer {
  readonly #clock: Clock
  readonly #say: (up: boolean) => void
  #cancel: (() => void) | null = null
  #saidDown = false

  constructor(clock: Clock, say: (up: boolean) => void) {
    this.#clock = clock
    this.#say = say
  }

  changed(up: boolean): void {
    if (!up) {
      if (!this.#saidDown) this.#cancel ??= this.#clock.after(SAID_AFTER_MS, () => this.#sayDown())
      return
    }
    this.stop()
    if (!this.#saidDown) return
    this.#saidDown = false
    this.#say(true)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  #sayDown(): void {
    this.#cancel = null
    this.#saidDown = true
    this.#say(false)
  }
}
