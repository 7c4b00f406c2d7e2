import type { Clock } from '../clock.ts'

const FIRST_CEILING_MS = 1_000
const LAST_CEILING_MS = 30_000
const QUICK_TRIES = 4
const STABLE_MS = 60_000

/**
 * How long to wait before the next try to reach the host.
 *
 * Full jitter: each wait is drawn evenly between zero and a ceiling, so that the gateways of a chain of shops do not all
 * knock in the same moment after their host was restarted. The first four ceilings are one second, for a broker that is
 * only restarting; then they double up to thirty seconds. The count begins anew only after a link that held for a minute:
 * one that comes up and falls at once must not be tried at full speed for ever.
 */
export class Backoff {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #random: () => number
  #tries = 0
  #upSince: number | undefined

  /** `random` returns numbers from 0 to below 1, as `Math.random` does. */
  constructor(clock: Pick<Clock, 'monotonic'>, random: () => number) {
    this.#clock = clock
    this.#random = random
  }

  linkUp(): void {
    this.#upSince = this.#clock.monotonic()
  }

  /** Milliseconds to wait before the next try; called once for each try. */
  next(): number {
    if (this.#upSince !== undefined && this.#clock.monotonic() - this.#upSince >= STABLE_MS) this.#tries = 0
    this.#upSince = undefined
    const doublings = Math.max(0, this.#tries - QUICK_TRIES + 1)
    this.#tries += 1
    return Math.round(this.#random() * Math.min(LAST_CEILING_MS, FIRST_CEILING_MS * 2 ** doublings))
  }
}
