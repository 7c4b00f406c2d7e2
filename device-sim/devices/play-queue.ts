import type { Clock } from '../../gateway/clock.ts'

interface Piece {
  readonly ms: number
  readonly play: () => void
}

/** What a loudspeaker has still to say: one piece after another, each as long as it takes, and no more than fit. */
export class PlayQueue {
  readonly #most: number
  readonly #clock: Clock
  readonly #waiting: Piece[] = []
  #playing = false
  #cancel: () => void = () => {}

  /** @param most pieces that can wait while one is played */
  constructor(most: number, clock: Clock) {
    this.#most = most
    this.#clock = clock
  }

  /** Plays it at its turn; where it is `full`, it is never heard. */
  add(ms: number, play: () => void): void {
    if (this.full) return
    if (this.#playing) this.#waiting.push({ ms, play })
    else this.#begin({ ms, play })
  }

  stop(): void {
    this.#cancel()
    this.#waiting.length = 0
    this.#playing = false
  }

  get full(): boolean {
    return this.#playing && this.#waiting.length >= this.#most
  }

  /** A piece has its effect when it is over: who hears half an amount has heard another one. */
  #begin({ ms, play }: Piece): void {
    this.#playing = true
    const over = (): void => {
      this.#playing = false
      play()
      const next = this.#waiting.shift()
      if (next !== undefined) this.#begin(next)
    }
    if (ms === 0) over()
    else this.#cancel = this.#clock.after(ms, over)
  }
}
